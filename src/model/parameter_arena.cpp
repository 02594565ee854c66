// SPDX-License-Identifier: Apache-2.0
#include "src/model/parameter_arena.hpp"

#include <utility>

#include "kernels/math/summation.hpp"
#include "src/model/align.hpp"

namespace minnow::engine {

using kernels::ConstView;
using kernels::View;

namespace {

/// The tensors' sizes, each padded; P with `trained`, else those of the others.
std::int64_t padded_size(const std::vector<ParameterTensor>& tensors, bool trained) {
  std::int64_t size = 0;
  for (const ParameterTensor& tensor : tensors) {
    if (tensor.trained() == trained) size += padded(static_cast<std::int64_t>(tensor.size()));
  }
  return size;
}

int chunks_of(std::int64_t size) {
  return static_cast<int>((size + math::sum_chunk - 1) / math::sum_chunk);
}

}  // namespace

std::size_t ParameterArena::bytes(const std::vector<ParameterTensor>& tensors, int models, const Options& options,
                                  std::size_t real_size) {
  const std::int64_t trained = padded_size(tensors, true);
  const std::int64_t scalars = trained * (1 + (options.gradients ? 1 : 0) + options.slots) +
                               padded_size(tensors, false) + (options.chunk_sums ? chunks_of(trained) : 0);
  return static_cast<std::size_t>(models) * static_cast<std::size_t>(scalars) * real_size;
}

ParameterArena::ParameterArena(kernels::Backend& backend, const std::vector<ParameterTensor>& tensors, int models,
                               const Options& options)
    : backend_(backend), tensors_(tensors), models_(models) {
  const std::int64_t trained = padded_size(tensors, true), all = trained + padded_size(tensors, false);
  for (const ParameterTensor& tensor : tensors) {
    const bool weight = tensor.role == ParameterTensor::Role::weight;
    if (weight) first_bias_ += padded(static_cast<std::int64_t>(tensor.size()));
  }
  std::int64_t next_weight = 0, next_bias = first_bias_, next_untrained = trained;
  for (const ParameterTensor& tensor : tensors) {
    const bool weight = tensor.role == ParameterTensor::Role::weight;
    std::int64_t& place = weight ? next_weight : tensor.trained() ? next_bias : next_untrained;
    offsets_.push_back(place);
    place += padded(static_cast<std::int64_t>(tensor.size()));
  }
  memory_ = backend.allocate(bytes(tensors, models, options, backend.real_size()));
  std::int64_t offset = 0;
  const auto next = [&](int rows, std::int64_t cols) {
    const View view{memory_.data(), offset, models, rows, static_cast<int>(cols), rows * cols};
    offset += models * view.stride;
    return view;
  };
  values_ = next(1, all);
  trained_ = values_;
  trained_.cols = static_cast<int>(trained);
  if (options.gradients) gradients_ = next(1, trained);
  if (options.slots > 0) state_ = next(options.slots, trained);
  if (options.chunk_sums) chunk_sums_ = next(1, chunks_of(trained));
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

void ParameterArena::fill_state(int model, double value) {
  if (state_) backend_.fill(state_.model(model), value);
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
