// SPDX-License-Identifier: Apache-2.0
// Kernels that are wrong on purpose, one fault each, behind host functions that launch them. Pointers are device
// memory.
#pragma once

#include <cuda_runtime.h>

namespace emulation::planted {

inline constexpr int block_threads = 64;

/// Writes data[0..count], one element too far.
void global_out_of_bounds(float* data, int count, cudaStream_t stream = nullptr);
/// Reads element block_threads of block_threads dynamic shared ones.
void dynamic_shared_out_of_bounds(float* y, cudaStream_t stream = nullptr);
/// Reads row 8 of an 8-row static shared array; `row` keeps the compiler from seeing it.
void static_shared_out_of_bounds(float* y, int row, cudaStream_t stream = nullptr);
/// Loads a float4 from x + 1.
void misaligned_float4(float* y, const float* x, cudaStream_t stream = nullptr);
/// y[i] = 2 x[i]; correct, for wrong pointers.
void twice(float* y, const float* x, int count, cudaStream_t stream = nullptr);
/// The same through an aggregate parameter.
void twice_by_view(float* y, const float* x, int count, cudaStream_t stream = nullptr);
/// y = x reversed, through shared memory; without `with_barrier` it reads what other threads have yet to write.
void reverse(float* y, const float* x, bool with_barrier, cudaStream_t stream = nullptr);
/// y[t] = sum over `rounds` of x[round, t + 1] (0 behind the end), through one shared row; without `second_barrier` a
/// thread overwrites the row while others still read it.
void sum_of_neighbors(float* y, const float* x, int rounds, bool second_barrier, cudaStream_t stream = nullptr);
/// Each thread of 4 blocks adds 1 to *counter.
void count_threads(int* counter, bool atomic, cudaStream_t stream = nullptr);
/// Half of the block waits at a barrier that the other half does not reach, or reaches at another place.
void divergent_barrier(bool other_place, cudaStream_t stream = nullptr);
/// A shuffle over the whole warp after its upper half has returned.
void shuffle_from_returned_lane(float* y, cudaStream_t stream = nullptr);
/// A shuffle whose mask names only the lower half reads the upper half.
void shuffle_outside_mask(float* y, cudaStream_t stream = nullptr);
/// The lanes of one warp wait with different masks.
void disagreeing_masks(cudaStream_t stream = nullptr);
/// __trap().
void trap(cudaStream_t stream = nullptr);

}  // namespace emulation::planted
