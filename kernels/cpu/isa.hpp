// SPDX-License-Identifier: Apache-2.0
#pragma once

// The vector vocabulary of one instruction set. Sources that include this file are compiled once per instruction set
// with -DMINNOW_ISA=scalar, avx2 or avx512, and everything they define lives in minnow::kernels::cpu::MINNOW_ISA.
//
// Such an object file must define no weak symbol: the linker keeps one copy of an inline function, and if that copy
// were the AVX-512 one, older machines would fail far from the cause. So helpers here are always_inline, helpers
// elsewhere are in an anonymous namespace, and no standard library template may be instantiated.

#include <cstddef>
#include <cstdint>
#if defined(__FMA__)
#  include <immintrin.h>
#endif

#ifndef MINNOW_ISA
#  error "compile this file with -DMINNOW_ISA=scalar, avx2 or avx512"
#endif

#define MINNOW_INLINE [[gnu::always_inline]] inline

namespace minnow::kernels::cpu::MINNOW_ISA {

#if defined(__AVX512F__) && defined(__AVX512VL__)

inline constexpr std::size_t lanes = 16;
using Vec = __m512;
using Mask = __mmask16;

/// Selects the first `count` lanes, 0 <= count <= lanes.
MINNOW_INLINE Mask first_lanes(std::size_t count) {
  return static_cast<Mask>((1U << count) - 1U);
}
MINNOW_INLINE Vec zero() {
  return _mm512_setzero_ps();
}
MINNOW_INLINE Vec broadcast(const float* p) {
  return _mm512_set1_ps(*p);
}
MINNOW_INLINE Vec load(const float* p) {
  return _mm512_loadu_ps(p);
}
/// Lanes outside the mask are +0 and their memory is not touched.
MINNOW_INLINE Vec load(const float* p, Mask mask) {
  return _mm512_maskz_loadu_ps(mask, p);
}
MINNOW_INLINE void store(float* p, Vec v) {
  _mm512_storeu_ps(p, v);
}
MINNOW_INLINE void store(float* p, Vec v, Mask mask) {
  _mm512_mask_storeu_ps(p, mask, v);
}
MINNOW_INLINE Vec add(Vec a, Vec b) {
  return _mm512_add_ps(a, b);
}
/// a * b + c, rounded once.
MINNOW_INLINE Vec fma(Vec a, Vec b, Vec c) {
  return _mm512_fmadd_ps(a, b, c);
}
/// sum = a * b + sum, rounded once.  In a loop of such sums the compiler would choose forms of the instruction that
/// need moves, and fold broadcasts into operands.
MINNOW_INLINE void accumulate(Vec& sum, Vec a, Vec b) {
  asm("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
}
/// sum = *a * b + sum, rounded once: for a broadcast that meets one vector, where it costs nothing as an operand. Of
/// two NaNs, another may be the result.
MINNOW_INLINE void accumulate_broadcast(Vec& sum, const float* a, Vec b) {
  asm("vfmadd231ps %2%{1to16%}, %1, %0" : "+v"(sum) : "v"(b), "m"(*a));
}

/// Bit i: lane i is not zero (NaN is not).
MINNOW_INLINE std::uint32_t nonzero_lanes(Vec v) {
  return _mm512_cmp_ps_mask(v, zero(), _CMP_NEQ_UQ);
}
/// Bit i: masks[i] has one of `bits`.
MINNOW_INLINE std::uint32_t lanes_with_bits(const std::uint32_t* masks, std::uint32_t bits) {
  return _mm512_test_epi32_mask(_mm512_loadu_si512(masks), _mm512_set1_epi32(static_cast<int>(bits)));
}
/// Whether any of some vectors has a lane of -0: as integers, such lanes are the smallest there are.
struct NegativeZeros {
  __m512i smallest = _mm512_setzero_si512();
  MINNOW_INLINE void see(Vec v) { smallest = _mm512_maskz_min_epi32(0xffff, smallest, _mm512_castps_si512(v)); }
  MINNOW_INLINE bool seen() const { return _mm512_cmpeq_epi32_mask(smallest, _mm512_set1_epi32(-0x7fffffff - 1)) != 0; }
};
/// to[] = first + i for each bit i that is set, ascending; returns their number. Writes `lanes` elements.
MINNOW_INLINE std::size_t store_set_bits(std::uint32_t* to, std::uint32_t first, std::uint32_t bits) {
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i all = _mm512_add_epi32(lane, _mm512_set1_epi32(static_cast<int>(first)));
  _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(static_cast<Mask>(bits), all));
  return static_cast<std::size_t>(__builtin_popcount(bits));
}

/// Four floats from each of p[0] + offset, p[1] + offset, ...; lanes above them are unspecified.
template <std::size_t N>
MINNOW_INLINE Vec load_quads(const float* const (&p)[N], std::size_t offset) {
  Vec v = _mm512_castps128_ps512(_mm_loadu_ps(p[0] + offset));
  if constexpr (N > 1) v = _mm512_maskz_insertf32x4(0xffff, v, _mm_loadu_ps(p[1] + offset), 1);
  if constexpr (N > 2) v = _mm512_maskz_insertf32x4(0xffff, v, _mm_loadu_ps(p[2] + offset), 2);
  if constexpr (N > 3) v = _mm512_maskz_insertf32x4(0xffff, v, _mm_loadu_ps(p[3] + offset), 3);
  return v;
}
// The shuffles below are spelled as shufflevector, since g++ 12 warns inside its own AVX-512 intrinsics.
MINNOW_INLINE Vec unpack_low(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
}
MINNOW_INLINE Vec unpack_high(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
}
MINNOW_INLINE Vec join_low(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
}
MINNOW_INLINE Vec join_high(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}

#elif defined(__AVX2__) && defined(__FMA__)

inline constexpr std::size_t lanes = 8;
using Vec = __m256;
using Mask = __m256i;

MINNOW_INLINE Mask first_lanes(std::size_t count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
MINNOW_INLINE Vec zero() {
  return _mm256_setzero_ps();
}
MINNOW_INLINE Vec broadcast(const float* p) {
  return _mm256_broadcast_ss(p);
}
MINNOW_INLINE Vec load(const float* p) {
  return _mm256_loadu_ps(p);
}
MINNOW_INLINE Vec load(const float* p, Mask mask) {
  return _mm256_maskload_ps(p, mask);
}
MINNOW_INLINE void store(float* p, Vec v) {
  _mm256_storeu_ps(p, v);
}
MINNOW_INLINE void store(float* p, Vec v, Mask mask) {
  _mm256_maskstore_ps(p, mask, v);
}
MINNOW_INLINE Vec add(Vec a, Vec b) {
  return _mm256_add_ps(a, b);
}
MINNOW_INLINE Vec fma(Vec a, Vec b, Vec c) {
  return _mm256_fmadd_ps(a, b, c);
}
MINNOW_INLINE void accumulate(Vec& sum, Vec a, Vec b) {
  asm("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
}
MINNOW_INLINE void accumulate_broadcast(Vec& sum, const float* a, Vec b) {
  accumulate(sum, broadcast(a), b);
}

MINNOW_INLINE std::uint32_t nonzero_lanes(Vec v) {
  return static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(v, zero(), _CMP_NEQ_UQ)));
}
MINNOW_INLINE std::uint32_t lanes_with_bits(const std::uint32_t* masks, std::uint32_t bits) {
  const __m256i common = _mm256_and_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(masks)),
                                          _mm256_set1_epi32(static_cast<int>(bits)));
  const __m256i none = _mm256_cmpeq_epi32(common, _mm256_setzero_si256());
  return 0xffU ^ static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(none)));
}
struct NegativeZeros {
  __m256i smallest = _mm256_setzero_si256();
  MINNOW_INLINE void see(Vec v) { smallest = _mm256_min_epi32(smallest, _mm256_castps_si256(v)); }
  MINNOW_INLINE bool seen() const {
    const __m256i equal = _mm256_cmpeq_epi32(smallest, _mm256_set1_epi32(-0x7fffffff - 1));
    return _mm256_movemask_ps(_mm256_castsi256_ps(equal)) != 0;
  }
};
MINNOW_INLINE std::size_t store_set_bits(std::uint32_t* to, std::uint32_t first, std::uint32_t bits) {
  std::size_t count = 0;
  for (; bits != 0; bits &= bits - 1) to[count++] = first + static_cast<std::uint32_t>(__builtin_ctz(bits));
  return count;
}

template <std::size_t N>
MINNOW_INLINE Vec load_quads(const float* const (&p)[N], std::size_t offset) {
  const Vec v = _mm256_castps128_ps256(_mm_loadu_ps(p[0] + offset));
  if constexpr (N > 1) return _mm256_insertf128_ps(v, _mm_loadu_ps(p[1] + offset), 1);
  return v;
}
MINNOW_INLINE Vec unpack_low(Vec a, Vec b) {
  return _mm256_unpacklo_ps(a, b);
}
MINNOW_INLINE Vec unpack_high(Vec a, Vec b) {
  return _mm256_unpackhi_ps(a, b);
}
MINNOW_INLINE Vec join_low(Vec a, Vec b) {
  return _mm256_shuffle_ps(a, b, 0x44);
}
MINNOW_INLINE Vec join_high(Vec a, Vec b) {
  return _mm256_shuffle_ps(a, b, 0xee);
}

#else

// One lane: fma is the C library's exact function, since the baseline has no such instruction.
inline constexpr std::size_t lanes = 1;
using Vec = float;
using Mask = bool;

MINNOW_INLINE Mask first_lanes(std::size_t count) {
  return count != 0;
}
MINNOW_INLINE Vec zero() {
  return 0.0F;
}
MINNOW_INLINE Vec broadcast(const float* p) {
  return *p;
}
MINNOW_INLINE Vec load(const float* p) {
  return *p;
}
MINNOW_INLINE Vec load(const float* p, Mask mask) {
  return mask ? *p : 0.0F;
}
MINNOW_INLINE void store(float* p, Vec v) {
  *p = v;
}
MINNOW_INLINE void store(float* p, Vec v, Mask mask) {
  if (mask) *p = v;
}
MINNOW_INLINE Vec add(Vec a, Vec b) {
  return a + b;
}
MINNOW_INLINE Vec fma(Vec a, Vec b, Vec c) {
  return __builtin_fmaf(a, b, c);
}
MINNOW_INLINE void accumulate(Vec& sum, Vec a, Vec b) {
  sum = __builtin_fmaf(a, b, sum);
}
MINNOW_INLINE void accumulate_broadcast(Vec& sum, const float* a, Vec b) {
  accumulate(sum, *a, b);
}
MINNOW_INLINE std::uint32_t nonzero_lanes(Vec v) {
  return v != 0.0F ? 1 : 0;
}
MINNOW_INLINE std::uint32_t lanes_with_bits(const std::uint32_t* masks, std::uint32_t bits) {
  return (*masks & bits) != 0 ? 1 : 0;
}
struct NegativeZeros {
  bool any = false;
  MINNOW_INLINE void see(Vec v) { any = any || (v == 0.0F && __builtin_signbit(v)); }
  MINNOW_INLINE bool seen() const { return any; }
};
MINNOW_INLINE std::size_t store_set_bits(std::uint32_t* to, std::uint32_t first, std::uint32_t bits) {
  *to = first;
  return bits;
}
#endif

/// Makes a pointer or stride a value of its own. Otherwise the compiler derives others from it, one for each row and
/// unrolled step, and spills them.
template <class T>
MINNOW_INLINE void keep(T& value) {
  asm("" : "+r"(value));
}

/// Rows and columns that ColumnReader moves together.
inline constexpr std::size_t quad = lanes == 1 ? 1 : 4;

/// Reads the columns of a Rows x n matrix, `quad` at a time; Rows is a multiple of `quad`, and lanes from Rows on are
/// unspecified.
template <std::size_t Rows = lanes>
struct ColumnReader {
  static_assert(Rows % quad == 0 && Rows <= lanes);
#if defined(__AVX2__) && defined(__FMA__)
  const float* rows[Rows / quad];  // every fourth
  std::size_t stride, three_strides;

  MINNOW_INLINE ColumnReader(const float* p, std::size_t row_stride)
      : stride(row_stride), three_strides(3 * row_stride) {
    keep(three_strides);
#  pragma GCC unroll 4
    for (std::size_t i = 0; i < Rows / quad; ++i) rows[i] = p + quad * i * stride;
  }
  MINNOW_INLINE void read(Vec (&column)[quad]) {
    const Vec a = load_quads(rows, 0), b = load_quads(rows, stride);
    const Vec c = load_quads(rows, 2 * stride), d = load_quads(rows, three_strides);
    const Vec low_ab = unpack_low(a, b), high_ab = unpack_high(a, b);
    const Vec low_cd = unpack_low(c, d), high_cd = unpack_high(c, d);
    column[0] = join_low(low_ab, low_cd);
    column[1] = join_high(low_ab, low_cd);
    column[2] = join_low(high_ab, high_cd);
    column[3] = join_high(high_ab, high_cd);
#  pragma GCC unroll 4
    for (std::size_t i = 0; i < Rows / quad; ++i) keep(rows[i] += quad);
  }
#else
  const float* p;

  MINNOW_INLINE ColumnReader(const float* from, std::size_t) : p(from) {}
  MINNOW_INLINE void read(Vec (&column)[quad]) {
    column[0] = *p++;
  }
#endif
};

}  // namespace minnow::kernels::cpu::MINNOW_ISA
