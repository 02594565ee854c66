// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"
#include "kernels/cuda/rows.cuh"

namespace minnow::kernels::cuda {

namespace {

constexpr int block_rows = 4;

__global__ void count_classes_kernel(ClassCounts counts, Matrices<const float> outputs,
                                     RowIntegers<const std::int32_t> labels, const StepState* state, int rows,
                                     int cols) {
  const int row = static_cast<int>(blockIdx.x) * block_rows + warp_of_block();
  if (row >= rows) return;  // a whole warp; the block has no barrier
  const float* x = outputs.model() + static_cast<std::int64_t>(row) * cols;
  const int label = labels.values[static_cast<std::int64_t>(blockIdx.y) * labels.stride + row];
  const int predicted = warp_predicted_class(x, cols, counts.boundary);
  const int above = warp_classes_above(x, cols, label, predicted);
  if (lane_of_thread() != 0) return;
  const auto model = static_cast<std::int64_t>(blockIdx.y);
  std::uint32_t* const values = counts.values + model * counts.size();
  counts.count(label, predicted, above, [&](std::int64_t i) { atomicAdd(values + i, 1U); });
  counts.keep_score(model, (state == nullptr ? 0 : state->cursor) + std::int64_t{row}, x, cols, label);
}

}  // namespace

void count_classes(cudaStream_t stream, const ClassCounts& counts, const ConstView& outputs,
                   const RowIntegers<const std::int32_t>& labels, const StepState* state) {
  launch({.grid = grid_of(ceil_div(outputs.rows, block_rows), outputs.models),
          .block = block_rows * warp_threads,
          .stream = stream},
         count_classes_kernel, counts, matrices(outputs), labels, state, outputs.rows, outputs.cols);
}

}  // namespace minnow::kernels::cuda
