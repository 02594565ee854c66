// SPDX-License-Identifier: Apache-2.0
/// One warp per row of a matrix: sums by the summation rule and the largest element, with the results on every lane.
#pragma once

#include "kernels/cuda/chunk_totals.cuh"
#include "kernels/cuda/device.cuh"
#include "kernels/math/loss.hpp"
#include "kernels/math/prediction.hpp"

namespace minnow::kernels::cuda {

inline constexpr int warp_threads = 32;
inline constexpr unsigned all_lanes = 0xffffffffU;

__device__ inline int lane_of_thread() {
  return static_cast<int>(threadIdx.x) % warp_threads;
}
__device__ inline int warp_of_block() {
  return static_cast<int>(threadIdx.x) / warp_threads;
}

/// Sum of element(col) over `cols` columns. The lanes compute the elements of a chunk side by side into `slab`, 128
/// floats of shared memory of the warp's own; every lane then adds them one after the other.
template <class Element>
__device__ float warp_sum(int cols, float* slab, const Element& element) {
  ChunkTotals<> totals;
  const int chunks = chunk_count(cols);
  for (int chunk = 0; chunk < chunks; ++chunk) {
    const int first = chunk * sum_chunk, count = min(sum_chunk, cols - first);
    for (int i = lane_of_thread(); i < count; i += warp_threads) slab[i] = element(first + i);
    __syncwarp();
    float sum = 0;
#pragma unroll 4
    for (int i = 0; i < count; ++i) sum += slab[i];
    totals.add(chunk, sum);
    __syncwarp();  // the next chunk overwrites the slab
  }
  return totals.result(chunks);
}

struct Largest {
  float value;
  int index;
};

/// What math::index_of_largest finds.
__device__ inline Largest warp_largest(const float* x, int cols) {
  const float start = x[0];
  Largest best{start, 0};
  for (int col = lane_of_thread(); col < cols; col += warp_threads) {
    if (x[col] > best.value) best = {x[col], col};
  }
#pragma unroll
  for (int distance = warp_threads / 2; distance > 0; distance /= 2) {
    const float value = __shfl_xor_sync(all_lanes, best.value, distance);
    const int index = __shfl_xor_sync(all_lanes, best.index, distance);
    if (value > best.value || (value == best.value && index < best.index)) best = {value, index};
  }
  return best;
}

/// math::predicted_class.
__device__ inline int warp_predicted_class(const float* outputs, int cols, float boundary) {
  return cols == 1 ? math::class_of_single(outputs[0], boundary) : warp_largest(outputs, cols).index;
}

/// math::classes_above.
__device__ inline int warp_classes_above(const float* outputs, int cols, int label, int predicted) {
  if (cols == 1) return predicted != label ? 1 : 0;
  int above = 0;
  for (int first = 0; first < cols; first += warp_threads) {
    const int col = first + lane_of_thread();
    above += __popc(__ballot_sync(all_lanes, col < cols && math::is_above(outputs[col], outputs[label])));
  }
  return above;
}

struct SoftmaxRow {
  Largest largest;
  float sum;  ///< of the weights
};

__device__ inline SoftmaxRow warp_softmax(const float* logits, int cols, float* slab) {
  const Largest largest = warp_largest(logits, cols);
  const float sum = warp_sum(cols, slab, [&](int col) { return math::softmax_weight(logits[col], largest.value); });
  return {largest, sum};
}

}  // namespace minnow::kernels::cuda
