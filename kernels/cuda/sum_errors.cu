// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/columns.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"
#include "kernels/math/loss.hpp"
#include "kernels/math/prediction.hpp"

namespace minnow::kernels::cuda {

namespace {

__global__ void sum_errors_kernel(ErrorSum* sums, Matrices<const float> y, Matrices<const float> targets, int rows,
                                  int cols, bool logits) {
  MINNOW_SHARED(float, slab, [sum_chunk][block_columns]);
  const int column = column_of_thread();
  const bool inside = column < cols;
  const auto total = [&](const auto formula) {
    return column_total(slab, rows, inside, [&](int row) {
      const std::int64_t i = static_cast<std::int64_t>(row) * cols + column;
      return formula.loss(math::predicted_value(y.model()[i], logits), targets.model()[i]);
    });
  };
  const float absolute = total(math::MeanAbsoluteError{}), squared = total(math::MeanSquaredError{});
  if (threadIdx.y != 0 || !inside) return;
  ErrorSum& sum = sums[static_cast<std::int64_t>(blockIdx.y) * cols + column];
  sum.absolute += static_cast<double>(absolute);
  sum.squared += static_cast<double>(squared);
}

}  // namespace

void sum_errors(cudaStream_t stream, ErrorSum* sums, const ConstView& y, const ConstView& targets, Head head) {
  launch({.grid = column_grid(y.cols, y.models), .block = column_block(y.rows), .stream = stream}, sum_errors_kernel,
         sums, matrices(y), matrices(targets), y.rows, y.cols, head == Head::sigmoid);
}

}  // namespace minnow::kernels::cuda
