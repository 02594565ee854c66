// SPDX-License-Identifier: Apache-2.0
// What a kernel may use. This file has a twin of the same path below tests/emulation/include, which runs the same
// kernels on the CPU. Every .cu writes `#include "kernels/cuda/device.cuh"` (the full path, never "device.cuh"):
// nvcc finds this file, and the emulated build, whose first include root is tests/emulation/include, finds the twin.
//
// Rules for kernel sources, so that both builds accept them:
//  1. Kernels are `__global__ void name_kernel(...)` in an anonymous namespace or templates, never inline; parameters
//  are
//     trivially copyable values (pointers, numbers, small aggregates of them), never references.
//  2. Shared memory is declared through the two macros below, in the function that uses it, never as a bare __shared__.
//     It starts as NaN bytes in the emulation: write before you read.
//  3. Built-ins that the twin has: threadIdx blockIdx blockDim gridDim warpSize; __syncthreads() (and _or, _and,
//  _count),
//     __syncwarp, __shfl_sync, __shfl_up_sync, __shfl_down_sync, __shfl_xor_sync, __ballot_sync, __any_sync,
//     __all_sync, atomicAdd/Sub/Min/Max/And/Or/Exch/CAS on int, unsigned, unsigned long long (no float atomics),
//     __threadfence,
//     __threadfence_block, __ldg, min, max, fmaf, fma, sqrtf, __fmaf_rn, __fadd_rn, __fmul_rn, __fdiv_rn, __fsqrt_rn,
//     __float_as_uint, __uint_as_float, __float_as_int, __int_as_float, __umulhi, __popc, __clz, __ffs, __brev, __trap,
//     and the vector types with make_float4 and the like.
//  4. Not available: cub, cooperative_groups, __activemask, inline PTX, dynamic parallelism, printf.
//  5. A warp operation is executed by every lane that its mask names, and the mask names only lanes that exist and have
//     not returned: make the block a multiple of 32 threads or shorten the mask.
//  6. __syncthreads() is executed by every thread of the block, at the same place in the source: no early return before
//  it.
//  7. Do not spin on memory that another thread writes: an emulated thread runs until it blocks.
#pragma once

#include <cuda_runtime.h>

/// Static shared memory: MINNOW_SHARED(float, tile, [32][33]);  MINNOW_SHARED(int, winner);
#define MINNOW_SHARED(type, name, ...) __shared__ type name __VA_ARGS__

/// The launch's dynamic shared memory, 16-byte aligned, as `type* const name`. One per kernel; split it by hand.
#define MINNOW_DYNAMIC_SHARED(type, name)                                \
  extern __shared__ __align__(16) unsigned char minnow_dynamic_shared[]; \
  type* const name = reinterpret_cast<type*>(minnow_dynamic_shared)
