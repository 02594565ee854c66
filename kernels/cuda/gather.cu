// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"
#include "kernels/math/elementary.hpp"

namespace minnow::kernels::cuda {

namespace {

/// DataView and BatchView as kernel arguments.
template <class Stored>
struct GatherArguments {
  const Stored* values;  ///< [N, I]
  std::int64_t data_rows;
  int cols, target_cols;
  float scale, shift;
  const std::int32_t* data_labels;
  const float* data_targets;
  const float* data_weights;
  const std::uint32_t* order;
  const StepState* state;
  Matrices<float> x;
  Matrices<float> targets;
  Matrices<float> weights;
  RowIntegers<std::int32_t> labels;
};

__device__ float convert(std::uint8_t value, float scale, float shift) {
  return math::fma(static_cast<float>(value), scale, shift);
}
__device__ float convert(float value, float, float) {
  return value;
}

__device__ Quad load_values(const std::uint8_t* values, int col, float scale, float shift) {
  const uchar4 quad = *reinterpret_cast<const uchar4*>(values + col);
  return {{convert(quad.x, scale, shift), convert(quad.y, scale, shift), convert(quad.z, scale, shift),
           convert(quad.w, scale, shift)}};
}
__device__ Quad load_values(const float* values, int col, float, float) {
  return load_quad(values, col, col + 4);
}

template <class Stored>
__device__ void copy_row(float* x, const Stored* values, const GatherArguments<Stored>& a) {
  const bool quads = a.cols % 4 == 0 && has_aligned_quads(a.x.model()) &&
                     reinterpret_cast<std::uintptr_t>(a.values) % (4 * sizeof(Stored)) == 0;
  if (quads) {
    for (int col = 4 * static_cast<int>(threadIdx.x); col < a.cols; col += 4 * static_cast<int>(blockDim.x)) {
      store_quad(x, col, a.cols, load_values(values, col, a.scale, a.shift));
    }
  } else {
    for (int col = static_cast<int>(threadIdx.x); col < a.cols; col += static_cast<int>(blockDim.x)) {
      x[col] = convert(values[col], a.scale, a.shift);
    }
  }
}

/// One block per row of the batch.
template <class Stored>
__global__ void gather_kernel(GatherArguments<Stored> a) {
  const auto model = static_cast<std::int64_t>(blockIdx.y);
  const auto row = static_cast<std::int64_t>(blockIdx.x);
  const std::int64_t position = a.state->cursor + row;
  const std::int64_t source = a.order == nullptr ? position : a.order[model * a.data_rows + position];
  copy_row(a.x.model() + row * a.cols, a.values + source * a.cols, a);
  if (a.labels.values != nullptr && threadIdx.x == 0) {
    a.labels.values[model * a.labels.stride + row] = a.data_labels[source];
  }
  if (a.weights.data != nullptr && threadIdx.x == 0) a.weights.model()[row] = a.data_weights[source];
  if (a.targets.data != nullptr) {
    float* target = a.targets.model() + row * a.target_cols;
    for (int col = static_cast<int>(threadIdx.x); col < a.target_cols; col += static_cast<int>(blockDim.x)) {
      target[col] = a.data_targets[source * a.target_cols + col];
    }
  }
}

template <class Stored>
void launch_gather(cudaStream_t stream, const BatchView& batch, const DataView& data, const std::uint32_t* order,
                   const StepState* state) {
  const bool shared = batch.x.stride == 0;  // one batch for all models: row order[cursor + b], written once
  const GatherArguments<Stored> a{.values = static_cast<const Stored*>(data.values),
                                  .data_rows = data.rows,
                                  .cols = data.cols,
                                  .target_cols = data.target_cols,
                                  .scale = data.scale,
                                  .shift = data.shift,
                                  .data_labels = data.labels,
                                  .data_targets = data.targets,
                                  .data_weights = data.weights,
                                  .order = order,
                                  .state = state,
                                  .x = matrices(batch.x),
                                  .targets = matrices(batch.targets),
                                  .weights = matrices(batch.weights),
                                  .labels = batch.labels};
  // A block covers a row of up to 1,024 values in one pass: 784 of them take 196 of its threads.
  const auto quads = static_cast<unsigned>(ceil_div(data.cols, 4));
  launch({.grid = grid_of(batch.x.rows, shared ? std::min(batch.x.models, 1) : batch.x.models),
          .block = std::clamp((quads + 31) / 32 * 32, 32U, 256U),
          .stream = stream},
         gather_kernel<Stored>, a);
}

}  // namespace

void gather(cudaStream_t stream, const BatchView& batch, const DataView& data, const std::uint32_t* order,
            const StepState* state) {
  switch (data.storage) {
    case DataView::Storage::u8:
      return launch_gather<std::uint8_t>(stream, batch, data, order, state);
    case DataView::Storage::f32:
      return launch_gather<float>(stream, batch, data, order, state);
  }
}

}  // namespace minnow::kernels::cuda
