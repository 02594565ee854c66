// SPDX-License-Identifier: Apache-2.0
#include "kernels/reference/backend.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#include "kernels/checks.hpp"
#include "kernels/host_memory.hpp"
#include "kernels/math/philox.hpp"
#include "kernels/math/schedule.hpp"
#include "minnow/error.hpp"

namespace minnow::kernels::reference {

Memory ReferenceBackend::allocate(std::size_t bytes) {
  return {this, allocate_zeroed(bytes), bytes};
}
void ReferenceBackend::release(void* data) noexcept {
  free_aligned(data);
}

void ReferenceBackend::upload(void* device, const void* host, std::size_t bytes) {
  if (bytes > 0) std::memcpy(device, host, bytes);
}
void ReferenceBackend::download(void* host, const void* device, std::size_t bytes) {
  if (bytes > 0) std::memcpy(host, device, bytes);
}
void ReferenceBackend::copy(void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}
void ReferenceBackend::zero(void* device, std::size_t bytes) {
  if (bytes > 0) std::memset(device, 0, bytes);
}

void ReferenceBackend::fill(const View& x, double value) {
  check_fill(x);
  for (int m = 0; m < x.models; ++m) std::fill_n(x.data<double>(m), x.elements(), value);
}

void ReferenceBackend::shuffle(std::uint32_t* order, std::uint32_t n, std::span<const std::uint64_t> seeds,
                               std::uint32_t epoch) {
  for (std::size_t m = 0; m < seeds.size(); ++m) {
    std::vector<std::uint32_t> keys(n);
    for (std::uint32_t i = 0; i < n; ++i) {
      keys[i] = math::random_bits(seeds[m], static_cast<std::uint32_t>(Purpose::order), 0, epoch, i);
    }
    std::uint32_t* const begin = order + m * n;
    std::iota(begin, begin + n, 0u);
    std::stable_sort(begin, begin + n, [&](std::uint32_t i, std::uint32_t j) { return keys[i] < keys[j]; });
  }
}

void ReferenceBackend::gather(const BatchView& batch, const DataView& data, const std::uint32_t* order,
                              const StepState* state) {
  check_gather(batch, data, state);
  const std::int64_t n = data.rows, first = state->cursor;
  if (first + batch.x.rows > n) {
    throw InternalError("gather: rows " + std::to_string(first) + " to " + std::to_string(first + batch.x.rows) +
                        " of a dataset of " + std::to_string(n));
  }
  const int models = batch.x.stride == 0 ? std::min(batch.x.models, 1) : batch.x.models;
  for (int m = 0; m < models; ++m) {
    double* x = batch.x.data<double>(m);
    for (int b = 0; b < batch.x.rows; ++b) {
      const std::int64_t row = order == nullptr ? first + b : order[m * n + first + b];
      for (int i = 0; i < data.cols; ++i) {
        const std::int64_t source = row * data.cols + i;
        x[std::int64_t{b} * data.cols + i] =
            data.storage == DataView::Storage::f32
                ? static_cast<double>(static_cast<const float*>(data.values)[source])
                : static_cast<const std::uint8_t*>(data.values)[source] * static_cast<double>(data.scale) +
                      static_cast<double>(data.shift);
      }
      if (batch.labels) batch.labels.values[m * batch.labels.stride + b] = data.labels[row];
      if (batch.weights) batch.weights.data<double>(m)[b] = static_cast<double>(data.weights[row]);
      if (!batch.targets) continue;
      double* targets = batch.targets.data<double>(m) + std::int64_t{b} * data.target_cols;
      std::copy_n(data.targets + row * data.target_cols, data.target_cols, targets);
    }
  }
}

void ReferenceBackend::advance(StepState* state, ModelState* models, int model_count, std::uint32_t rows) {
  state->step += 1;
  state->cursor += rows;
  for (int m = 0; m < model_count; ++m) math::prepare_next(models[m], state->step);
}

}  // namespace minnow::kernels::reference

namespace minnow::kernels {

std::unique_ptr<Backend> make_reference_backend() {
  return std::make_unique<reference::ReferenceBackend>();
}

}  // namespace minnow::kernels
