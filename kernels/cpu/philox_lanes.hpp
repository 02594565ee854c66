// SPDX-License-Identifier: Apache-2.0
/// Philox on several blocks side by side. A word stands in the low half of a 64-bit lane, since the instruction for a
/// product of 32 x 32 bits reads it there and writes all 64; the high half is whatever the last operation left.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/isa.hpp"
#include "kernels/math/philox.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

/// Random integers of a Philox block.
constexpr std::size_t block_words = 4;

#if defined(__AVX512F__) && defined(__AVX512VL__)

constexpr std::size_t blocks_at_once = 8;

struct WordLanes {
  __m512i v;
};
/// g++ 12 takes the undefined vector inside the unmasked intrinsics for a use of an uninitialized variable.
constexpr __mmask8 all_lanes = 0xff;
MINNOW_INLINE WordLanes operator^(WordLanes a, WordLanes b) {
  return {_mm512_xor_si512(a.v, b.v)};
}
MINNOW_INLINE WordLanes broadcast_word(std::uint32_t a) {
  return {_mm512_set1_epi64(static_cast<long long>(a))};
}
MINNOW_INLINE WordLanes count_from(std::uint32_t first) {
  return {_mm512_add_epi64(broadcast_word(first).v, _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7))};
}
MINNOW_INLINE math::WideProduct<WordLanes> wide_product(WordLanes a, std::uint32_t b) {
  const __m512i product = _mm512_maskz_mul_epu32(all_lanes, a.v, broadcast_word(b).v);
  return {{_mm512_maskz_srli_epi64(all_lanes, product, 32)}, {product}};
}
/// Writes the blocks one after the other.
MINNOW_INLINE void store_blocks(std::uint32_t* words, const math::BasicPhiloxWords<WordLanes>& blocks) {
  const __m512i front =
      _mm512_mask_blend_epi32(0xaaaa, blocks.word[0].v, _mm512_maskz_slli_epi64(all_lanes, blocks.word[1].v, 32));
  const __m512i back =
      _mm512_mask_blend_epi32(0xaaaa, blocks.word[2].v, _mm512_maskz_slli_epi64(all_lanes, blocks.word[3].v, 32));
  const __m512i low = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), high = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
  _mm512_storeu_si512(words, _mm512_permutex2var_epi64(front, low, back));
  _mm512_storeu_si512(words + 16, _mm512_permutex2var_epi64(front, high, back));
}

#elif defined(__AVX2__)

constexpr std::size_t blocks_at_once = 4;

struct WordLanes {
  __m256i v;
};
MINNOW_INLINE WordLanes operator^(WordLanes a, WordLanes b) {
  return {_mm256_xor_si256(a.v, b.v)};
}
MINNOW_INLINE WordLanes broadcast_word(std::uint32_t a) {
  return {_mm256_set1_epi64x(static_cast<long long>(a))};
}
MINNOW_INLINE WordLanes count_from(std::uint32_t first) {
  return {_mm256_add_epi64(broadcast_word(first).v, _mm256_setr_epi64x(0, 1, 2, 3))};
}
MINNOW_INLINE math::WideProduct<WordLanes> wide_product(WordLanes a, std::uint32_t b) {
  const __m256i product = _mm256_mul_epu32(a.v, broadcast_word(b).v);
  return {{_mm256_srli_epi64(product, 32)}, {product}};
}
MINNOW_INLINE void store_blocks(std::uint32_t* words, const math::BasicPhiloxWords<WordLanes>& blocks) {
  const __m256i front = _mm256_blend_epi32(blocks.word[0].v, _mm256_slli_epi64(blocks.word[1].v, 32), 0xaa);
  const __m256i back = _mm256_blend_epi32(blocks.word[2].v, _mm256_slli_epi64(blocks.word[3].v, 32), 0xaa);
  const __m256i even = _mm256_unpacklo_epi64(front, back), odd = _mm256_unpackhi_epi64(front, back);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(words), _mm256_permute2x128_si256(even, odd, 0x20));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(words + 8), _mm256_permute2x128_si256(even, odd, 0x31));
}

#else

constexpr std::size_t blocks_at_once = 1;

using WordLanes = std::uint32_t;
MINNOW_INLINE WordLanes broadcast_word(std::uint32_t a) {
  return a;
}
MINNOW_INLINE WordLanes count_from(std::uint32_t first) {
  return first;
}
MINNOW_INLINE void store_blocks(std::uint32_t* words, const math::PhiloxWords& blocks) {
  for (std::size_t w = 0; w < block_words; ++w) words[w] = blocks.word[w];
}

#endif

#if defined(__AVX2__)
MINNOW_INLINE WordLanes operator^(WordLanes a, std::uint32_t b) {
  return a ^ broadcast_word(b);
}
#endif

/// What a stream of random integers depends on besides the element.
struct Stream {
  std::uint64_t seed;
  std::uint32_t purpose, layer, step;
};

/// Elements whose integers are drawn before they are used: small enough for the first-level cache.
constexpr std::size_t draw_at_once = 1024;
constexpr std::size_t draw_blocks = draw_at_once / block_words;
static_assert(draw_blocks % blocks_at_once == 0);

/// words[0, count) = the random integers of the elements from `first`, a multiple of block_words; count <=
/// draw_at_once.
MINNOW_INLINE void draw(std::uint32_t (&words)[draw_at_once], const Stream& stream, std::size_t first,
                        std::size_t count) {
  const auto block = static_cast<std::uint32_t>(first / block_words);
  for (std::size_t i = 0; i * block_words < count; i += blocks_at_once) {
    const math::BasicPhiloxWords<WordLanes> counter = {{count_from(block + static_cast<std::uint32_t>(i)),
                                                        broadcast_word(stream.step), broadcast_word(stream.layer),
                                                        broadcast_word(stream.purpose)}};
    store_blocks(words + i * block_words, math::philox4x32_10(counter, stream.seed));
  }
}

/// Calls f(words, first, count) for the elements of [begin, end) piece by piece: the integers of elements
/// [first, first + count) stand in words[0, count). `begin` is a multiple of block_words.
template <class F>
MINNOW_INLINE void for_each_draw(const Stream& stream, std::size_t begin, std::size_t end, const F& f) {
  alignas(64) std::uint32_t words[draw_at_once];
  for (std::size_t i = begin; i < end; i += draw_at_once) {
    const std::size_t count = end - i < draw_at_once ? end - i : draw_at_once;
    draw(words, stream, i, count);
    f(words, i, count);
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
