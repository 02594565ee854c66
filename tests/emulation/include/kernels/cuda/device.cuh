// SPDX-License-Identifier: Apache-2.0
// Twin of kernels/cuda/device.cuh: what a kernel may use, for a C++ compiler and the emulation's run time.
// The rules for kernel sources stand in that file; a built-in that is missing here is not allowed there.
#pragma once

#include <cuda_runtime.h>

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>

#include "kernels/source_location.hpp"
#include "tests/emulation/device_side.hpp"

// A static local's address tells declarations (and template instantiations) apart: each is one chunk per block.
#define MINNOW_SHARED(type, name, ...)         \
  static constinit char name##_declaration{};  \
  using name##_shared_type = type __VA_ARGS__; \
  auto& name =                                 \
      *static_cast<name##_shared_type*>(emulation::static_shared(&name##_declaration, sizeof(name##_shared_type)))

#define MINNOW_DYNAMIC_SHARED(type, name) type* const name = static_cast<type*>(emulation::dynamic_shared())

// The emulation sets these before a thread runs on; a kernel only reads them.
extern uint3 threadIdx;
extern uint3 blockIdx;
extern dim3 blockDim;
extern dim3 gridDim;
inline constexpr int warpSize = 32;

// A promise to the device compiler about the block size, without meaning here.
#define __launch_bounds__(...)

// --- barriers and fences --------------------------------------------------------------------------------------------
inline void __syncthreads(minnow::SourceLocation where = minnow::SourceLocation::current()) {
  emulation::barrier(0, where);
}
inline int __syncthreads_count(int predicate, minnow::SourceLocation where = minnow::SourceLocation::current()) {
  return static_cast<int>(emulation::barrier(predicate != 0 ? 1 : 0, where));
}
inline int __syncthreads_or(int predicate, minnow::SourceLocation where = minnow::SourceLocation::current()) {
  return __syncthreads_count(predicate, where) != 0 ? 1 : 0;
}
inline int __syncthreads_and(int predicate, minnow::SourceLocation where = minnow::SourceLocation::current()) {
  return __syncthreads_count(predicate == 0 ? 1 : 0, where) == 0 ? 1 : 0;
}
inline void __threadfence() {
  emulation::fence();
}
inline void __threadfence_block() {
  emulation::fence();
}
[[noreturn]] inline void __trap(minnow::SourceLocation where = minnow::SourceLocation::current()) {
  emulation::trap(where);
}

// --- warp operations ------------------------------------------------------------------------------------------------
inline void __syncwarp(unsigned mask = 0xffffffffU, minnow::SourceLocation where = minnow::SourceLocation::current()) {
  (void)emulation::warp(emulation::WarpOperation::sync, mask, 0, 0, warpSize, where);
}

namespace emulation {

template <class T>
concept Shuffled = sizeof(T) <= 8 && std::is_trivially_copyable_v<T>;

template <Shuffled T>
T exchange(WarpOperation operation, unsigned mask, T value, int lane, int width, const minnow::SourceLocation& where) {
  std::uint64_t bits = 0;
  __builtin_memcpy(&bits, &value, sizeof value);
  bits = warp(operation, mask, bits, lane, width, where);
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace emulation

template <emulation::Shuffled T>
T __shfl_sync(unsigned mask, T value, int lane, int width = warpSize,
              minnow::SourceLocation where = minnow::SourceLocation::current()) {
  return emulation::exchange(emulation::WarpOperation::shuffle, mask, value, lane, width, where);
}
template <emulation::Shuffled T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize,
                 minnow::SourceLocation where = minnow::SourceLocation::current()) {
  return emulation::exchange(emulation::WarpOperation::shuffle_up, mask, value, static_cast<int>(delta), width, where);
}
template <emulation::Shuffled T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize,
                   minnow::SourceLocation where = minnow::SourceLocation::current()) {
  return emulation::exchange(emulation::WarpOperation::shuffle_down, mask, value, static_cast<int>(delta), width,
                             where);
}
template <emulation::Shuffled T>
T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = warpSize,
                  minnow::SourceLocation where = minnow::SourceLocation::current()) {
  return emulation::exchange(emulation::WarpOperation::shuffle_xor, mask, value, lane_mask, width, where);
}
inline unsigned __ballot_sync(unsigned mask, int predicate,
                              minnow::SourceLocation where = minnow::SourceLocation::current()) {
  return static_cast<unsigned>(
      emulation::warp(emulation::WarpOperation::ballot, mask, predicate != 0 ? 1 : 0, 0, warpSize, where));
}
inline int __any_sync(unsigned mask, int predicate, minnow::SourceLocation where = minnow::SourceLocation::current()) {
  return __ballot_sync(mask, predicate, where) != 0 ? 1 : 0;
}
inline int __all_sync(unsigned mask, int predicate, minnow::SourceLocation where = minnow::SourceLocation::current()) {
  return __ballot_sync(mask, predicate, where) == mask ? 1 : 0;
}

// --- atomics: integers only, relaxed as on the device ---------------------------------------------------------------
namespace emulation {

template <class T>
concept Atomic = std::same_as<T, int> || std::same_as<T, unsigned> || std::same_as<T, unsigned long long>;

template <Atomic T, class F>
T atomic_update(T* address, F&& next) {
  T old = __atomic_load_n(address, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(address, &old, next(old), true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return old;
}

}  // namespace emulation

template <emulation::Atomic T>
T atomicAdd(T* address, std::type_identity_t<T> value) {
  return __atomic_fetch_add(address, value, __ATOMIC_RELAXED);
}
template <emulation::Atomic T>
T atomicSub(T* address, std::type_identity_t<T> value) {
  return __atomic_fetch_sub(address, value, __ATOMIC_RELAXED);
}
template <emulation::Atomic T>
T atomicAnd(T* address, std::type_identity_t<T> value) {
  return __atomic_fetch_and(address, value, __ATOMIC_RELAXED);
}
template <emulation::Atomic T>
T atomicOr(T* address, std::type_identity_t<T> value) {
  return __atomic_fetch_or(address, value, __ATOMIC_RELAXED);
}
template <emulation::Atomic T>
T atomicExch(T* address, std::type_identity_t<T> value) {
  return __atomic_exchange_n(address, value, __ATOMIC_RELAXED);
}
template <emulation::Atomic T>
T atomicMin(T* address, std::type_identity_t<T> value) {
  return emulation::atomic_update(address, [value](T old) { return value < old ? value : old; });
}
template <emulation::Atomic T>
T atomicMax(T* address, std::type_identity_t<T> value) {
  return emulation::atomic_update(address, [value](T old) { return old < value ? value : old; });
}
template <emulation::Atomic T>
T atomicCAS(T* address, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
  T found = expected;
  __atomic_compare_exchange_n(address, &found, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return found;
}

// --- arithmetic and bits --------------------------------------------------------------------------------------------
template <class T>
T __ldg(const T* address) {
  return *address;
}
template <class T>
requires std::is_arithmetic_v<T>
constexpr T min(T a, T b) {
  return b < a ? b : a;
}
template <class T>
requires std::is_arithmetic_v<T>
constexpr T max(T a, T b) {
  return a < b ? b : a;
}
inline float __fmaf_rn(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
inline float __fadd_rn(float a, float b) {
  return a + b;
}
inline float __fsub_rn(float a, float b) {
  return a - b;
}
inline float __fmul_rn(float a, float b) {
  return a * b;
}
inline float __fdiv_rn(float a, float b) {
  return a / b;
}
inline float __fsqrt_rn(float a) {
  return __builtin_sqrtf(a);
}
inline unsigned __float_as_uint(float a) {
  return std::bit_cast<unsigned>(a);
}
inline float __uint_as_float(unsigned a) {
  return std::bit_cast<float>(a);
}
inline int __float_as_int(float a) {
  return std::bit_cast<int>(a);
}
inline float __int_as_float(int a) {
  return std::bit_cast<float>(a);
}
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>((static_cast<std::uint64_t>(a) * b) >> 32);
}
inline int __popc(unsigned a) {
  return std::popcount(a);
}
inline int __clz(int a) {
  return std::countl_zero(static_cast<unsigned>(a));
}
inline int __ffs(int a) {
  return __builtin_ffs(a);
}
inline unsigned __brev(unsigned a) {
  unsigned reversed = 0;
  for (int bit = 0; bit < 32; ++bit) reversed |= ((a >> bit) & 1U) << (31 - bit);
  return reversed;
}
