// SPDX-License-Identifier: Apache-2.0
/// How row losses become a batch's tally: chunk by chunk in the order of the summation rule, in float; the batch's sum
/// is then added to the tally in double. A loss is a struct with
///   __device__ RowResult row(int row, float* slab) const;   the loss of a row of model blockIdx.y, and its gradient:
///                                                           called by a whole warp, the same result on every lane
///   std::int64_t count;                                     what the tally's loss sum of a batch is divided by
/// Small batches take one launch of one block per model; larger ones put the row results to scratch memory, one warp
/// per row, and add them in a second launch.
#pragma once

#include <algorithm>

#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/rows.cuh"
#include "kernels/cuda/runtime.hpp"
#include "kernels/step_state.hpp"

namespace minnow::kernels::cuda {

struct RowResult {
  float loss;
  int hits;
};

inline constexpr int tally_threads = sum_chunk;  ///< one thread per chunk of a group
inline constexpr int row_warps = 4;              ///< rows of a block of the first of two launches
inline constexpr int fused_warps = 16;
inline constexpr int fused_rows = 256;       ///< most rows of a batch that one block evaluates
inline constexpr int fused_elements = 8192;  ///< most elements of it: 32 columns at 256 rows

/// Adds the results of `rows` rows to the tally. Called by a whole block of at least tally_threads threads; the results
/// may be in shared or global memory.
__device__ inline void add_to_tally(Tally& tally, const RowResult* results, int rows, std::int64_t count,
                                    const StepState* state) {
  MINNOW_SHARED(float, losses, [sum_chunk]);
  MINNOW_SHARED(int, hits, [sum_chunk]);
  const int thread = static_cast<int>(threadIdx.x);
  const int chunks = chunk_count(rows);
  ChunkTotals<> loss;
  std::uint64_t all_hits = 0;
  for (int first = 0; first < chunks; first += sum_chunk) {
    const int group = min(sum_chunk, chunks - first);
    if (thread < group) {
      const int begin = (first + thread) * sum_chunk, end = min(begin + sum_chunk, rows);
      float chunk_loss = 0;
      int chunk_hits = 0;
#pragma unroll 4
      for (int row = begin; row < end; ++row) {
        chunk_loss += results[row].loss;
        chunk_hits += results[row].hits;
      }
      losses[thread] = chunk_loss;
      hits[thread] = chunk_hits;
    }
    __syncthreads();
    for (int i = 0; thread == 0 && i < group; ++i) {
      loss.add(first + i, losses[i]);
      all_hits += static_cast<std::uint64_t>(hits[i]);
    }
    __syncthreads();  // the next group overwrites the chunk sums
  }
  if (thread != 0) return;
  const float sum = loss.result(chunks);
  tally.loss += static_cast<double>(sum);
  tally.count += static_cast<std::uint64_t>(count);
  tally.rows += static_cast<std::uint64_t>(rows);
  tally.hits += all_hits;
  const std::uint32_t step = state == nullptr ? 0 : state->step;
  if (!math::is_finite(sum) && step < tally.first_bad_step) tally.first_bad_step = step;
}

template <class Loss>
__global__ void fused_loss_kernel(Loss loss, Tally* tally, const StepState* state, int rows) {
  MINNOW_SHARED(float, slabs, [fused_warps][sum_chunk]);
  MINNOW_SHARED(RowResult, results, [fused_rows]);
  for (int row = warp_of_block(); row < rows; row += fused_warps) {
    const RowResult result = loss.row(row, slabs[warp_of_block()]);
    if (lane_of_thread() == 0) results[row] = result;
  }
  __syncthreads();
  add_to_tally(tally[blockIdx.y], results, rows, loss.count, state);
}

template <class Loss>
__global__ void row_loss_kernel(Loss loss, RowResult* results, int rows) {
  MINNOW_SHARED(float, slabs, [row_warps][sum_chunk]);
  const int row = static_cast<int>(blockIdx.x) * row_warps + warp_of_block();
  if (row >= rows) return;  // a whole warp; the block has no barrier
  const RowResult result = loss.row(row, slabs[warp_of_block()]);
  if (lane_of_thread() == 0) results[static_cast<std::int64_t>(blockIdx.y) * rows + row] = result;
}

/// A template only so that each loss's file has its own, without a second launch written elsewhere.
template <class Loss>
__global__ void tally_kernel(const RowResult* results, Tally* tally, const StepState* state, int rows,
                             std::int64_t count) {
  add_to_tally(tally[blockIdx.y], results + static_cast<std::int64_t>(blockIdx.y) * rows, rows, count, state);
}

template <class Loss>
void evaluate_loss(cudaStream_t stream, Scratch& scratch, const Loss& loss, Tally* tally, const StepState* state,
                   const ConstView& outputs) {
  const int rows = outputs.rows, models = outputs.models;
  if (models == 0) return;
  if (rows <= fused_rows && outputs.elements() <= fused_elements) {
    launch({.grid = grid_of(1, models), .block = fused_warps * warp_threads, .stream = stream}, fused_loss_kernel<Loss>,
           loss, tally, state, rows);
    return;
  }
  auto* results = static_cast<RowResult*>(
      scratch.reserve(static_cast<std::size_t>(models) * static_cast<std::size_t>(rows) * sizeof(RowResult)));
  launch({.grid = grid_of(ceil_div(rows, row_warps), models), .block = row_warps * warp_threads, .stream = stream},
         row_loss_kernel<Loss>, loss, results, rows);
  launch({.grid = grid_of(1, models), .block = tally_threads, .stream = stream}, tally_kernel<Loss>, results, tally,
         state, rows, loss.count);
}

}  // namespace minnow::kernels::cuda
