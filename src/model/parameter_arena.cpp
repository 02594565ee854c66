// SPDX-License-Identifier: Apache-2.0
#include "src/model/parameter_arena.hpp"

#include <utility>

#include "kernels/math/summation.hpp"
#include "src/model/align.hpp"

namespace minnow::engine {

using kernels::ConstView;
using kernels::View;

namespace {

/// P: the tensors' sizes, each padded.
std::int64_t padded_size(const std::vector<ParameterTensor>& tensors) {
  std::int64_t size = 0;
  for (const ParameterTensor& tensor : tensors) size += padded(static_cast<std::int64_t>(tensor.size()));
  return size;
}

int chunks_of(std::int64_t size) {
  return static_cast<int>((size + math::sum_chunk - 1) / math::sum_chunk);
}

}  // namespace

std::size_t ParameterArena::bytes(const std::vector<ParameterTensor>& tensors, int models, const Options& options,
                                  std::size_t real_size) {
  const std::int64_t size = padded_size(tensors);
  const std::int64_t scalars =
      size * (1 + (options.gradients ? 1 : 0) + options.slots) + (options.chunk_sums ? chunks_of(size) : 0);
  return static_cast<std::size_t>(models) * static_cast<std::size_t>(scalars) * real_size;
}

ParameterArena::ParameterArena(kernels::Backend& backend, const std::vector<ParameterTensor>& tensors, int models,
                               const Options& options)
    : backend_(backend), tensors_(tensors), models_(models) {
  std::int64_t weight = 0;
  for (const ParameterTensor& tensor : tensors) {
    if (!tensor.bias) first_bias_ += padded(static_cast<std::int64_t>(tensor.size()));
  }
  std::int64_t size = first_bias_;
  for (const ParameterTensor& tensor : tensors) {
    std::int64_t& next = tensor.bias ? size : weight;
    offsets_.push_back(next);
    next += padded(static_cast<std::int64_t>(tensor.size()));
  }
  memory_ = backend.allocate(bytes(tensors, models, options, backend.real_size()));
  const int cols = static_cast<int>(size);
  std::int64_t offset = 0;
  const auto next = [&](int rows, int row_length) {
    const View view{memory_.data(), offset, models, rows, row_length, std::int64_t{rows} * row_length};
    offset += models * view.stride;
    return view;
  };
  values_ = next(1, cols);
  if (options.gradients) gradients_ = next(1, cols);
  if (options.slots > 0) state_ = next(options.slots, cols);
  if (options.chunk_sums) chunk_sums_ = next(1, chunks_of(size));
}

View ParameterArena::tensor_view(const View& flat, int tensor) const {
  const auto index = static_cast<std::size_t>(tensor);
  View view = flat;
  view.offset += offsets_[index];
  view.rows = tensors_[index].rows;
  view.cols = tensors_[index].cols;
  return view;
}

void ParameterArena::upload(int model, std::span<const float> parameters) {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    backend_.upload_reals(value(static_cast<int>(i)).model(model),
                          parameters.subspan(tensors_[i].offset, tensors_[i].size()));
  }
}

void ParameterArena::fill_state(double value) {
  if (state_) backend_.fill(state_, value);
}

void ParameterArena::download_from(const View& flat, int model, std::span<float> parameters) const {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    backend_.download_reals(parameters.subspan(tensors_[i].offset, tensors_[i].size()),
                            tensor_view(flat, static_cast<int>(i)).model(model));
  }
}

void copy_models(kernels::Backend& backend, const View& to, const ConstView& from) {
  if (to.elements() == 0 || to.models == 0) return;
  const auto scalars = static_cast<std::size_t>((to.models - 1) * to.stride + to.elements());
  const std::size_t real = backend.real_size();
  backend.copy(static_cast<char*>(to.base) + static_cast<std::size_t>(to.offset) * real,
               static_cast<const char*>(from.base) + static_cast<std::size_t>(from.offset) * real, scalars * real);
}

}  // namespace minnow::engine
