// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"
#include "kernels/cuda/rows.cuh"

namespace minnow::kernels::cuda {

namespace {

constexpr int block_rows = 4;

__global__ void argmax_kernel(RowIntegers<std::int32_t> indices, Matrices<const float> x, int rows, int cols) {
  const int row = static_cast<int>(blockIdx.x) * block_rows + warp_of_block();
  if (row >= rows) return;  // a whole warp; the block has no barrier
  const Largest largest = warp_largest(x.model() + static_cast<std::int64_t>(row) * cols, cols);
  if (lane_of_thread() == 0) {
    indices.values[static_cast<std::int64_t>(blockIdx.y) * indices.stride + row] = largest.index;
  }
}

}  // namespace

void argmax(cudaStream_t stream, const RowIntegers<std::int32_t>& indices, const ConstView& x) {
  launch(
      {.grid = grid_of(ceil_div(x.rows, block_rows), x.models), .block = block_rows * warp_threads, .stream = stream},
      argmax_kernel, indices, matrices(x), x.rows, x.cols);
}

}  // namespace minnow::kernels::cuda
