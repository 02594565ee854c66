// SPDX-License-Identifier: Apache-2.0
#include "tests/emulation/sample_kernels.hpp"

#include "kernels/cuda/launch.cuh"

namespace emulation::sample {

using minnow::kernels::cuda::allow_dynamic_shared;
using minnow::kernels::cuda::launch;

namespace {

constexpr unsigned whole_warp = 0xffffffffU;
constexpr int tile = 8;

__global__ void record_order_kernel(int* order, int* next) {
  order[atomicAdd(next, 1)] = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
}

__global__ void number_threads_kernel(int* numbers) {
  const unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
  const unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
  const unsigned z = blockIdx.z * blockDim.z + threadIdx.z;
  const unsigned number = (z * gridDim.y * blockDim.y + y) * gridDim.x * blockDim.x + x;
  numbers[number] = static_cast<int>(number);
}

__global__ void block_sums_kernel(float* y, const float* x) {
  MINNOW_SHARED(float, partial, [32]);
  float sum = x[blockIdx.x * blockDim.x + threadIdx.x];
  for (unsigned delta = 16; delta > 0; delta /= 2) sum += __shfl_down_sync(whole_warp, sum, delta);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x == 0) {
    for (unsigned warp = 1; warp < blockDim.x / 32; ++warp) sum += partial[warp];
    y[blockIdx.x] = sum;
  }
}

template <class T>
__global__ void transpose_kernel(T* y, const T* x, int rows, int cols) {
  MINNOW_SHARED(T, buffer, [tile][tile + 1]);
  const int row = static_cast<int>(blockIdx.y) * tile, col = static_cast<int>(blockIdx.x) * tile;
  const int i = static_cast<int>(threadIdx.y), j = static_cast<int>(threadIdx.x);
  if (row + i < rows && col + j < cols) buffer[i][j] = x[(row + i) * cols + col + j];
  __syncthreads();
  if (row + j < rows && col + i < cols) y[(col + i) * rows + row + j] = buffer[j][i];
}

__global__ void warp_results_kernel(int* results) {
  const int lane = static_cast<int>(threadIdx.x);
  int row = 0;
  const auto store = [&](int value) { results[32 * row++ + lane] = value; };
  store(__shfl_sync(whole_warp, lane, 5));
  store(__shfl_sync(whole_warp, lane, 9, 8));
  store(__shfl_up_sync(whole_warp, lane, 3));
  store(__shfl_down_sync(whole_warp, lane, 3, 16));
  store(__shfl_xor_sync(whole_warp, lane, 1));
  store(__shfl_xor_sync(whole_warp, lane, 16, 8));
  store(static_cast<int>(__ballot_sync(whole_warp, lane % 3 == 0)));
  store(__any_sync(whole_warp, lane == 31));
  store(__all_sync(whole_warp, lane < 31));
  int half = 0;
  if (lane < 16)
    half = __shfl_sync(0x0000ffffU, lane, 2);
  else
    half = __shfl_sync(0xffff0000U, lane, 18);
  __syncwarp();
  store(half);
}

__global__ void atomics_kernel(Atomics* state) {
  MINNOW_SHARED(int, last);
  const int number = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  atomicAdd(&state->count, 1);
  atomicMin(&state->least, number);
  atomicMax(&state->greatest, number);
  if (threadIdx.x == 0) {
    state->partial[blockIdx.x] = number;
    __threadfence();
    last = atomicAdd(&state->ticket, 1U) == gridDim.x - 1 ? 1 : 0;
    if (last != 0) {
      __threadfence();
      for (const int partial : state->partial) state->total += partial;
    }
  }
}

__global__ void votes_kernel(int* result) {
  const int vote = threadIdx.x < 10 ? 1 : 0;
  const int count = __syncthreads_count(vote);
  const int all = __syncthreads_and(vote);
  const int any = __syncthreads_or(vote);
  if (threadIdx.x != 0) return;
  result[0] = count;
  result[1] = all;
  result[2] = any;
}

__global__ void saxpy_kernel(float a, const float* x, float* y, int count) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < count) y[i] = fmaf(a, __ldg(x + i), y[i]);
}

__global__ void use_dynamic_shared_kernel(int last) {
  MINNOW_DYNAMIC_SHARED(unsigned char, bytes);
  bytes[last] = 1;
}

__global__ void nothing_kernel() {}

__global__ void fresh_shared_kernel(float* y) {
  MINNOW_SHARED(float, row, [32]);
  y[blockIdx.x * blockDim.x + threadIdx.x] = row[threadIdx.x];
  row[threadIdx.x] = 0;
}

}  // namespace

void record_order(int* order, int* next, unsigned blocks) {
  launch({.grid = blocks, .block = 64}, record_order_kernel, order, next);
}

void number_threads(int* numbers) {
  launch({.grid = {4, 3, 2}, .block = {4, 2, 2}}, number_threads_kernel, numbers);
}

void block_sums(float* y, const float* x, unsigned blocks, unsigned threads, cudaStream_t stream) {
  launch({.grid = blocks, .block = threads, .stream = stream}, block_sums_kernel, y, x);
}

void transpose(float* y, const float* x, int rows, int cols, cudaStream_t stream) {
  const auto tiles = [](int n) { return static_cast<unsigned>((n + tile - 1) / tile); };
  launch({.grid = {tiles(cols), tiles(rows)}, .block = {tile, tile}, .stream = stream}, transpose_kernel<float>, y, x,
         rows, cols);
}

void warp_results(int* results) {
  launch({.block = 32}, warp_results_kernel, results);
}
void atomics(Atomics* state) {
  launch({.grid = 3, .block = 256}, atomics_kernel, state);
}
void votes(int* result) {
  launch({.block = 96}, votes_kernel, result);
}

void saxpy(float a, const float* x, float* y, int count, cudaStream_t stream) {
  launch({.grid = static_cast<unsigned>(count + 127) / 128, .block = 128, .stream = stream}, saxpy_kernel, a, x, y,
         count);
}

void use_dynamic_shared(std::size_t bytes, bool allow) {
  if (allow) allow_dynamic_shared(use_dynamic_shared_kernel, bytes);
  launch({.block = 1, .dynamic_shared_bytes = bytes}, use_dynamic_shared_kernel, static_cast<int>(bytes) - 1);
}

void nothing(unsigned blocks, unsigned threads) {
  launch({.grid = blocks, .block = threads}, nothing_kernel);
}
void fresh_shared(float* y) {
  launch({.grid = 2, .block = 32}, fresh_shared_kernel, y);
}

}  // namespace emulation::sample
