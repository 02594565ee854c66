// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/columns.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"

namespace minnow::kernels::cuda {

namespace {

__global__ void column_sum_kernel(Matrices<float> sums, Matrices<const float> x, int rows, int cols) {
  MINNOW_SHARED(float, slab, [sum_chunk][block_columns]);
  const int column = column_of_thread();
  const float* values = x.model() + column;
  const float sum =
      column_total(slab, rows, column < cols, [&](int row) { return values[static_cast<std::int64_t>(row) * cols]; });
  if (threadIdx.y == 0 && column < cols) sums.model()[column] = sum;
}

}  // namespace

void column_sum(cudaStream_t stream, const View& sums, const ConstView& x) {
  launch({.grid = column_grid(x.cols, x.models), .block = column_block(x.rows), .stream = stream}, column_sum_kernel,
         matrices(sums), matrices(x), x.rows, x.cols);
}

}  // namespace minnow::kernels::cuda
