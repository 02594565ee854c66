// SPDX-License-Identifier: Apache-2.0
#include "tests/emulation/planted_faults.hpp"

#include "kernels/cuda/launch.cuh"

namespace emulation::planted {

using minnow::kernels::cuda::launch;

namespace {

constexpr unsigned whole_warp = 0xffffffffU;
constexpr unsigned lower_half = 0x0000ffffU;

struct Pair {
  float* y;
  const float* x;
  int count;
};

__global__ void global_out_of_bounds_kernel(float* data, int count) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i <= count) data[i] = 1;
}

__global__ void dynamic_shared_out_of_bounds_kernel(float* y) {
  MINNOW_DYNAMIC_SHARED(float, buffer);
  buffer[threadIdx.x] = 1;
  __syncthreads();
  y[threadIdx.x] = buffer[threadIdx.x + 1];
}

__global__ void static_shared_out_of_bounds_kernel(float* y, int row) {
  MINNOW_SHARED(float, tile, [8][8]);
  tile[threadIdx.x / 8][threadIdx.x % 8] = 1;
  __syncthreads();
  y[threadIdx.x] = tile[row][0];
}

__global__ void misaligned_float4_kernel(float* y, const float* x) {
  const float4 v = *reinterpret_cast<const float4*>(x + 1);
  y[threadIdx.x] = v.x + v.y + v.z + v.w;
}

__global__ void twice_kernel(float* y, const float* x, int count) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < count) y[i] = 2 * x[i];
}

__global__ void twice_by_view_kernel(Pair pair) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < pair.count) pair.y[i] = 2 * pair.x[i];
}

__global__ void reverse_kernel(float* y, const float* x, bool with_barrier) {
  MINNOW_SHARED(float, row, [block_threads]);
  row[threadIdx.x] = x[threadIdx.x];
  if (with_barrier) __syncthreads();
  y[threadIdx.x] = row[block_threads - 1 - threadIdx.x];
}

__global__ void sum_of_neighbors_kernel(float* y, const float* x, int rounds, bool second_barrier) {
  MINNOW_SHARED(float, row, [block_threads]);
  float sum = 0;
  for (int round = 0; round < rounds; ++round) {
    row[threadIdx.x] = x[static_cast<unsigned>(round) * block_threads + threadIdx.x];
    __syncthreads();
    if (threadIdx.x + 1 < block_threads) sum += row[threadIdx.x + 1];
    if (second_barrier) __syncthreads();
  }
  y[threadIdx.x] = sum;
}

__global__ void count_threads_kernel(int* counter, bool atomic) {
  if (atomic)
    atomicAdd(counter, 1);
  else
    *counter += 1;
}

__global__ void divergent_barrier_kernel(bool other_place) {
  if (threadIdx.x < block_threads / 2)
    __syncthreads();
  else if (other_place)
    __syncthreads();
}

__global__ void shuffle_from_returned_lane_kernel(float* y) {
  if (threadIdx.x >= 16) return;
  y[threadIdx.x] = __shfl_down_sync(whole_warp, 1.0f, 16);
}

__global__ void shuffle_outside_mask_kernel(float* y) {
  if (threadIdx.x >= 16) return;
  y[threadIdx.x] = __shfl_xor_sync(lower_half, 1.0f, 16);
}

__global__ void disagreeing_masks_kernel() {
  if (threadIdx.x < 16)
    __syncwarp(whole_warp);
  else
    __syncwarp(~(lower_half >> 1));  // names lane 15, which waits for the whole warp
}

__global__ void trap_kernel() {
  if (threadIdx.x == 3) __trap();
}

}  // namespace

void global_out_of_bounds(float* data, int count, cudaStream_t stream) {
  launch({.grid = static_cast<unsigned>(count) / block_threads + 1, .block = block_threads, .stream = stream},
         global_out_of_bounds_kernel, data, count);
}

void dynamic_shared_out_of_bounds(float* y, cudaStream_t stream) {
  launch({.block = block_threads, .dynamic_shared_bytes = block_threads * sizeof(float), .stream = stream},
         dynamic_shared_out_of_bounds_kernel, y);
}

void static_shared_out_of_bounds(float* y, int row, cudaStream_t stream) {
  launch({.block = block_threads, .stream = stream}, static_shared_out_of_bounds_kernel, y, row);
}

void misaligned_float4(float* y, const float* x, cudaStream_t stream) {
  launch({.block = 1, .stream = stream}, misaligned_float4_kernel, y, x);
}

void twice(float* y, const float* x, int count, cudaStream_t stream) {
  launch({.grid = static_cast<unsigned>(count + block_threads - 1) / block_threads,
          .block = block_threads,
          .stream = stream},
         twice_kernel, y, x, count);
}

void twice_by_view(float* y, const float* x, int count, cudaStream_t stream) {
  launch({.grid = static_cast<unsigned>(count + block_threads - 1) / block_threads,
          .block = block_threads,
          .stream = stream},
         twice_by_view_kernel, Pair{y, x, count});
}

void reverse(float* y, const float* x, bool with_barrier, cudaStream_t stream) {
  launch({.block = block_threads, .stream = stream}, reverse_kernel, y, x, with_barrier);
}

void sum_of_neighbors(float* y, const float* x, int rounds, bool second_barrier, cudaStream_t stream) {
  launch({.block = block_threads, .stream = stream}, sum_of_neighbors_kernel, y, x, rounds, second_barrier);
}

void count_threads(int* counter, bool atomic, cudaStream_t stream) {
  launch({.grid = 4, .block = block_threads, .stream = stream}, count_threads_kernel, counter, atomic);
}

void divergent_barrier(bool other_place, cudaStream_t stream) {
  launch({.block = block_threads, .stream = stream}, divergent_barrier_kernel, other_place);
}

void shuffle_from_returned_lane(float* y, cudaStream_t stream) {
  launch({.block = 32, .stream = stream}, shuffle_from_returned_lane_kernel, y);
}

void shuffle_outside_mask(float* y, cudaStream_t stream) {
  launch({.block = 32, .stream = stream}, shuffle_outside_mask_kernel, y);
}

void disagreeing_masks(cudaStream_t stream) {
  launch({.block = 32, .stream = stream}, disagreeing_masks_kernel);
}

void trap(cudaStream_t stream) {
  launch({.block = 32, .stream = stream}, trap_kernel);
}

}  // namespace emulation::planted
