// SPDX-License-Identifier: Apache-2.0
// Correct kernels that show what the emulation executes. Pointers are device memory.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace emulation::sample {

/// order[i] = the thread that was i-th to run, in a grid of `blocks` x 64; *next counts them and starts at 0.
void record_order(int* order, int* next, unsigned blocks);
/// y[z,y,x] of a (4, 3, 2) grid of (4, 2, 2) blocks = the thread's global number.
void number_threads(int* numbers);
/// y[block] = sum of x[block, 0..threads), by shared memory and warp shuffles; threads is a multiple of 32, at most
/// 1024.
void block_sums(float* y, const float* x, unsigned blocks, unsigned threads, cudaStream_t stream = nullptr);
/// y = x transposed, by a padded static tile; both row-major, x[rows, cols].
void transpose(float* y, const float* x, int rows, int cols, cudaStream_t stream = nullptr);
/// Results of the warp operations of one warp: 10 rows of 32, see warp_test.cpp.
void warp_results(int* results);
/// Each of 256 threads in 3 blocks: count += 1, min and max of its number, and the last block (by ticket) adds up.
struct Atomics {
  int count, least, greatest;
  unsigned ticket;
  int total;  ///< of the blocks' partial sums, read by the last block
  int partial[3];
};
void atomics(Atomics* state);
/// result[0..3) = __syncthreads_count, _and, _or of (thread < 10) in a block of 96.
void votes(int* result);
/// y[i] = a x[i] + y[i]
void saxpy(float a, const float* x, float* y, int count, cudaStream_t stream = nullptr);
/// Uses `bytes` of dynamic shared memory; `allow` lifts the limit first.
void use_dynamic_shared(std::size_t bytes, bool allow);
/// Launches `threads` threads that do nothing; an empty grid if `blocks` is 0.
void nothing(unsigned blocks, unsigned threads);
/// y[0..64) = what static shared memory holds before anybody wrote, in 2 blocks.
void fresh_shared(float* y);

}  // namespace emulation::sample
