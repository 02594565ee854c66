// SPDX-License-Identifier: Apache-2.0
/// How row losses become a batch's tally: chunk by chunk in the order of the summation rule, in float; the batch's sum
/// is then added to the tally in double. A loss is a struct with
///   bool weighted() const;                    whether rows have weights other than 1
///   __device__ float weight(int row) const;   the weight of a row of model blockIdx.y
///   __device__ double tally_weight(float total) const;   what the loss sum is divided by, where `total` is the sum of
///                                                        the rows' weights
///   __device__ RowResult row(int row, float total, float* slab) const;   the weighted loss of a row and its gradient:
///                                             called by a whole warp, the same result on every lane
/// Where rows have weights, their sums are found first. Small batches then take one launch of one block per model;
/// larger ones put the row results to scratch memory, one warp per row, and add them in a second launch.
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

/// The labels of model blockIdx.y.
struct RowLabels {
  RowIntegers<const std::int32_t> labels;
  __device__ bool given() const { return labels.values != nullptr; }
  __device__ std::int32_t of(int row) const {
    return labels.values[static_cast<std::int64_t>(blockIdx.y) * labels.stride + row];
  }
};

/// The sample weights of model blockIdx.y; 1 each where none are given.
struct RowWeights {
  Matrices<const float> weights;
  __host__ __device__ bool given() const { return weights.data != nullptr; }
  __device__ float of(int row) const { return given() ? weights.model()[row] : 1.0f; }
};

inline constexpr int tally_threads = sum_chunk;  ///< one thread per chunk of a group
inline constexpr int row_warps = 4;              ///< rows of a block of the first of two launches
inline constexpr int fused_warps = 16;
inline constexpr int fused_rows = 256;       ///< most rows of a batch that one block evaluates
inline constexpr int fused_elements = 8192;  ///< most elements of it: 32 columns at 256 rows

struct RowSums {
  float sum = 0;
  std::uint64_t hits = 0;
};

/// Sums of result(row) over `rows` rows, valid on thread 0. Called by a whole block of at least tally_threads threads.
template <class Result>
__device__ RowSums add_rows(int rows, const Result& result) {
  MINNOW_SHARED(float, sums, [sum_chunk]);
  MINNOW_SHARED(int, hits, [sum_chunk]);
  const int thread = static_cast<int>(threadIdx.x);
  const int chunks = chunk_count(rows);
  ChunkTotals<> total;
  RowSums all;
  for (int first = 0; first < chunks; first += sum_chunk) {
    const int group = min(sum_chunk, chunks - first);
    if (thread < group) {
      const int begin = (first + thread) * sum_chunk, end = min(begin + sum_chunk, rows);
      float chunk_sum = 0;
      int chunk_hits = 0;
#pragma unroll 4
      for (int row = begin; row < end; ++row) {
        const RowResult one = result(row);
        chunk_sum += one.loss;
        chunk_hits += one.hits;
      }
      sums[thread] = chunk_sum;
      hits[thread] = chunk_hits;
    }
    __syncthreads();
    for (int i = 0; thread == 0 && i < group; ++i) {
      total.add(first + i, sums[i]);
      all.hits += static_cast<std::uint64_t>(hits[i]);
    }
    __syncthreads();  // the next group overwrites the chunk sums
  }
  all.sum = total.result(chunks);
  return all;
}

/// Sum of the row weights of model blockIdx.y.
__device__ inline float total_weight(const float* totals, int rows) {
  return totals == nullptr ? static_cast<float>(rows) : totals[blockIdx.y];
}

/// Adds the results of `rows` rows, in shared or global memory, to the tally. Called by a whole block.
template <class Loss>
__device__ void add_to_tally(Tally& tally, const Loss& loss, const RowResult* results, const float* totals, int rows,
                             const StepState* state) {
  const RowSums all = add_rows(rows, [&](int row) { return results[row]; });
  if (threadIdx.x != 0) return;
  tally.loss += static_cast<double>(all.sum);
  tally.weight += loss.tally_weight(total_weight(totals, rows));
  tally.rows += static_cast<std::uint64_t>(rows);
  tally.hits += all.hits;
  const std::uint32_t step = state == nullptr ? 0 : state->step;
  if (!math::is_finite(all.sum) && step < tally.first_bad_step) tally.first_bad_step = step;
}

template <class Loss>
__global__ void total_weight_kernel(Loss loss, float* totals, int rows) {
  const RowSums all = add_rows(rows, [&](int row) { return RowResult{loss.weight(row), 0}; });
  if (threadIdx.x == 0) totals[blockIdx.y] = all.sum;
}

template <class Loss>
__global__ void fused_loss_kernel(Loss loss, const float* totals, Tally* tally, const StepState* state, int rows) {
  MINNOW_SHARED(float, slabs, [fused_warps][sum_chunk]);
  MINNOW_SHARED(RowResult, results, [fused_rows]);
  for (int row = warp_of_block(); row < rows; row += fused_warps) {
    const RowResult result = loss.row(row, total_weight(totals, rows), slabs[warp_of_block()]);
    if (lane_of_thread() == 0) results[row] = result;
  }
  __syncthreads();
  add_to_tally(tally[blockIdx.y], loss, results, totals, rows, state);
}

template <class Loss>
__global__ void row_loss_kernel(Loss loss, const float* totals, RowResult* results, int rows) {
  MINNOW_SHARED(float, slabs, [row_warps][sum_chunk]);
  const int row = static_cast<int>(blockIdx.x) * row_warps + warp_of_block();
  if (row >= rows) return;  // a whole warp; the block has no barrier
  const RowResult result = loss.row(row, total_weight(totals, rows), slabs[warp_of_block()]);
  if (lane_of_thread() == 0) results[static_cast<std::int64_t>(blockIdx.y) * rows + row] = result;
}

template <class Loss>
__global__ void tally_kernel(Loss loss, const RowResult* results, const float* totals, Tally* tally,
                             const StepState* state, int rows) {
  add_to_tally(tally[blockIdx.y], loss, results + static_cast<std::int64_t>(blockIdx.y) * rows, totals, rows, state);
}

template <class Loss>
void evaluate_loss(cudaStream_t stream, Scratch& scratch, const Loss& loss, Tally* tally, const StepState* state,
                   const ConstView& outputs) {
  const int rows = outputs.rows, models = outputs.models;
  if (models == 0) return;
  const bool fused = rows <= fused_rows && outputs.elements() <= fused_elements;
  const std::int64_t result_count = fused ? 0 : static_cast<std::int64_t>(models) * rows;
  const auto result_bytes = static_cast<std::size_t>(result_count) * sizeof(RowResult);
  const auto total_bytes = loss.weighted() ? static_cast<std::size_t>(models) * sizeof(float) : 0;
  void* const memory = result_bytes + total_bytes == 0 ? nullptr : scratch.reserve(result_bytes + total_bytes);
  auto* const results = static_cast<RowResult*>(memory);
  float* const totals = loss.weighted() ? reinterpret_cast<float*>(results + result_count) : nullptr;
  if (loss.weighted()) {
    launch({.grid = grid_of(1, models), .block = tally_threads, .stream = stream}, total_weight_kernel<Loss>, loss,
           totals, rows);
  }
  if (fused) {
    launch({.grid = grid_of(1, models), .block = fused_warps * warp_threads, .stream = stream}, fused_loss_kernel<Loss>,
           loss, totals, tally, state, rows);
    return;
  }
  launch({.grid = grid_of(ceil_div(rows, row_warps), models), .block = row_warps * warp_threads, .stream = stream},
         row_loss_kernel<Loss>, loss, totals, results, rows);
  launch({.grid = grid_of(1, models), .block = tally_threads, .stream = stream}, tally_kernel<Loss>, loss, results,
         totals, tally, state, rows);
}

}  // namespace minnow::kernels::cuda
