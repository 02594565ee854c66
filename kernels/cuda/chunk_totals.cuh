// SPDX-License-Identifier: Apache-2.0
/// Levels 2 and 3 of the summation rule, for chunk sums that different threads have made.
#pragma once

#include "kernels/cuda/device.cuh"
#include "kernels/math/summation.hpp"

namespace minnow::kernels::cuda {

inline constexpr int sum_chunk = static_cast<int>(math::sum_chunk);  ///< elements of a chunk, chunks of a group

MINNOW_HD constexpr int chunk_count(int elements) {
  return elements / sum_chunk + (elements % sum_chunk != 0 ? 1 : 0);
}

/// Adds chunk sums in ascending order: groups of 128 of them, each starting from its first, and the groups likewise.
/// `groups` == false saves the register of level 3, for sums of at most 128 chunks.
template <bool groups = true>
struct ChunkTotals {
  float group = 0;
  float total = 0;

  __device__ void add(int chunk, float sum) {
    const bool starts_group = groups ? chunk % sum_chunk == 0 : chunk == 0;
    if (groups && starts_group && chunk > 0) total = chunk == sum_chunk ? group : total + group;
    group = starts_group ? sum : group + sum;
  }
  __device__ float result(int chunks) const { return groups && chunks > sum_chunk ? total + group : group; }
};

}  // namespace minnow::kernels::cuda
