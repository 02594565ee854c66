// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/cuda/chunk_totals.cuh"
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"

namespace minnow::kernels::cuda {

namespace {

constexpr int block_columns = 32;
constexpr int most_lanes = 16;  // chunks of a column that a block sums side by side

__device__ float sum_of_rows(const float* column, int first, int last, int cols) {
  float sum = 0;
#pragma unroll 8
  for (int row = first; row < last; ++row) sum += column[static_cast<std::int64_t>(row) * cols];
  return sum;
}

/// Block: block_columns x lanes threads. Each pass of the loop is one group of 128 chunks.
__global__ void column_sum_kernel(Matrices<float> sums, Matrices<const float> x, int rows, int cols) {
  MINNOW_SHARED(float, chunk_sums, [sum_chunk][block_columns]);
  const int lane = static_cast<int>(threadIdx.y);
  const int column = static_cast<int>(blockIdx.x * block_columns + threadIdx.x);
  const int chunks = chunk_count(rows);
  ChunkTotals<> totals;
  for (int first = 0; first < chunks; first += sum_chunk) {
    const int count = min(sum_chunk, chunks - first);
    for (int i = lane; i < count && column < cols; i += static_cast<int>(blockDim.y)) {
      const int row = (first + i) * sum_chunk;
      chunk_sums[i][threadIdx.x] = sum_of_rows(x.model() + column, row, min(row + sum_chunk, rows), cols);
    }
    __syncthreads();
    if (lane == 0 && column < cols) {
      for (int i = 0; i < count; ++i) totals.add(first + i, chunk_sums[i][threadIdx.x]);
    }
    __syncthreads();  // the next group overwrites the chunk sums
  }
  if (lane == 0 && column < cols) sums.model()[column] = totals.result(chunks);
}

}  // namespace

void column_sum(cudaStream_t stream, const View& sums, const ConstView& x) {
  const int lanes = std::clamp(chunk_count(x.rows), 1, most_lanes);
  launch({.grid = grid_of(ceil_div(x.cols, block_columns), x.models),
          .block = dim3(block_columns, static_cast<unsigned>(lanes)),
          .stream = stream},
         column_sum_kernel, matrices(sums), matrices(x), x.rows, x.cols);
}

}  // namespace minnow::kernels::cuda
