// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "kernels/cpu/isa.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

// zip_low and zip_high alternate the elements of the lower and upper halves of a and b.
#if defined(__AVX512F__) && defined(__AVX512VL__)
MINNOW_INLINE Vec zip_low(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
MINNOW_INLINE Vec zip_high(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
#elif defined(__AVX2__) && defined(__FMA__)
MINNOW_INLINE Vec zip_low(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
MINNOW_INLINE Vec zip_high(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
#else
MINNOW_INLINE Vec zip_low(Vec a, Vec) {
  return a;
}
MINNOW_INLINE Vec zip_high(Vec, Vec b) {
  return b;
}
#endif

/// Transposes the lanes x lanes matrix whose rows are v[0..lanes): log2(lanes) perfect shuffles of its elements.
MINNOW_INLINE void transpose(Vec (&v)[lanes]) {
  for (std::size_t rest = lanes; rest > 1; rest /= 2) {
    Vec s[lanes];
    for (std::size_t i = 0; i < lanes / 2; ++i) {
      s[2 * i] = zip_low(v[i], v[i + lanes / 2]);
      s[2 * i + 1] = zip_high(v[i], v[i + lanes / 2]);
    }
    for (std::size_t i = 0; i < lanes; ++i) v[i] = s[i];
  }
}

/// to[j][r] = from[r * stride + j] for j < width and r < rows <= lanes; lanes without a row become 0. Writes whole
/// blocks of `lanes` columns.
MINNOW_INLINE void load_columns(float (*to)[lanes], const float* from, std::size_t stride, std::size_t rows,
                                std::size_t width) {
  for (std::size_t j = 0; j < width; j += lanes) {
    const Mask mask = first_lanes(width - j < lanes ? width - j : lanes);
    Vec v[lanes];
    for (std::size_t r = 0; r < lanes; ++r) v[r] = r < rows ? load(from + r * stride + j, mask) : zero();
    transpose(v);
    for (std::size_t i = 0; i < lanes; ++i) store(to[j + i], v[i]);
  }
}

/// to[r * stride + j] = from[j][r] for j < width and r < rows <= lanes.
MINNOW_INLINE void store_columns(float* to, std::size_t stride, const float (*from)[lanes], std::size_t rows,
                                 std::size_t width) {
  for (std::size_t j = 0; j < width; j += lanes) {
    const Mask mask = first_lanes(width - j < lanes ? width - j : lanes);
    Vec v[lanes];
    for (std::size_t i = 0; i < lanes; ++i) v[i] = load(from[j + i]);
    transpose(v);
    for (std::size_t r = 0; r < rows; ++r) store(to + r * stride + j, v[r], mask);
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
