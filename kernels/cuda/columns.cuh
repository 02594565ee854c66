// SPDX-License-Identifier: Apache-2.0
/// Sums over the rows of a matrix, one per column. A block has block_columns x lanes threads; the lanes of a column sum
/// different chunks of rows.
#pragma once

#include <algorithm>

#include "kernels/cuda/chunk_totals.cuh"
#include "kernels/cuda/elementwise.cuh"

namespace minnow::kernels::cuda {

inline constexpr int block_columns = 32;
inline constexpr int most_column_lanes = 16;

inline dim3 column_block(int rows) {
  return dim3(block_columns, static_cast<unsigned>(std::clamp(chunk_count(rows), 1, most_column_lanes)));
}
inline dim3 column_grid(int cols, int models) {
  return grid_of(ceil_div(cols, block_columns), models);
}
__device__ inline int column_of_thread() {
  return static_cast<int>(blockIdx.x * block_columns + threadIdx.x);
}

/// Shared memory of one block: the sums of a group of chunks.
using ColumnSlab = float[sum_chunk][block_columns];

/// Sum of element(row) over the rows, the same result on every lane of the column. All threads of a block call it;
/// those with `inside` false have no column.
template <class Element>
__device__ float column_total(ColumnSlab& slab, int rows, bool inside, const Element& element) {
  const int chunks = chunk_count(rows);
  ChunkTotals<> totals;
  for (int first = 0; first < chunks; first += sum_chunk) {
    const int count = min(sum_chunk, chunks - first);
    for (int i = static_cast<int>(threadIdx.y); i < count && inside; i += static_cast<int>(blockDim.y)) {
      const int begin = (first + i) * sum_chunk, end = min(begin + sum_chunk, rows);
      float sum = 0;
#pragma unroll 8
      for (int row = begin; row < end; ++row) sum += element(row);
      slab[i][threadIdx.x] = sum;
    }
    __syncthreads();
    for (int i = 0; inside && i < count; ++i) totals.add(first + i, slab[i][threadIdx.x]);
    __syncthreads();  // the next group overwrites the slab
  }
  return totals.result(chunks);
}

}  // namespace minnow::kernels::cuda
