// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"
#include "kernels/cuda/rows.cuh"

namespace minnow::kernels::cuda {

namespace {

constexpr int block_rows = 4;

__global__ void softmax_kernel(Matrices<float> p, Matrices<const float> logits, int rows, int cols) {
  MINNOW_SHARED(float, slabs, [block_rows][sum_chunk]);
  const int row = static_cast<int>(blockIdx.x) * block_rows + warp_of_block();
  if (row >= rows) return;  // a whole warp; the block has no barrier
  const float* x = logits.model() + static_cast<std::int64_t>(row) * cols;
  float* y = p.model() + static_cast<std::int64_t>(row) * cols;
  const SoftmaxRow softmax = warp_softmax(x, cols, slabs[warp_of_block()]);
  for (int col = lane_of_thread(); col < cols; col += warp_threads) {
    y[col] = math::softmax_probability(math::softmax_weight(x[col], softmax.largest.value), softmax.sum);
  }
}

}  // namespace

void softmax(cudaStream_t stream, const View& p, const ConstView& logits) {
  if (p.cols == 0) return;
  launch(
      {.grid = grid_of(ceil_div(p.rows, block_rows), p.models), .block = block_rows * warp_threads, .stream = stream},
      softmax_kernel, matrices(p), matrices(logits), p.rows, p.cols);
}

}  // namespace minnow::kernels::cuda
