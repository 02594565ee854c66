// SPDX-License-Identifier: Apache-2.0
#pragma once

// Copies that bring an operand of a product into the order in which tiles read it, and a product that was found the
// other way round back into C.  Compiled once per instruction set; see isa.hpp.

#include <cstddef>

#include "kernels/cpu/isa.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {
namespace {

MINNOW_INLINE std::size_t smaller(std::size_t a, std::size_t b) {
  return a < b ? a : b;
}

/// to[i, 0..count) = from[0..count, i] for i in 0..width; count <= lanes, width <= lanes.
/// With Pad, to[i, count..lanes) becomes 0.
template <bool Pad>
MINNOW_INLINE void transpose_block(const float* from, std::size_t from_stride, std::size_t count, std::size_t width,
                                   float* to, std::size_t to_stride) {
  alignas(64) float copy[lanes * lanes];
  if (count != lanes || width != lanes) {
    const Mask mask = first_lanes(width);
    for (std::size_t i = 0; i < lanes; ++i, from += from_stride) {
      store(copy + i * lanes, i < count ? load(from, mask) : zero());
    }
    from = copy;
    from_stride = lanes;
  }
  const Mask mask = first_lanes(Pad ? lanes : count);
  ColumnReader reader(from, from_stride);
  constexpr std::size_t step = ColumnReader::columns;
  for (std::size_t i = 0; i < width; i += step) {
    Vec column[step];
    reader.read(column);
    if (i + step <= width && (Pad || count == lanes)) {
#pragma GCC unroll 4
      for (std::size_t j = 0; j < step; ++j) store(to + (i + j) * to_stride, column[j]);
    } else {
#pragma GCC unroll 4
      for (std::size_t j = 0; j < step; ++j) {
        if (i + j < width) store(to + (i + j) * to_stride, column[j], mask);
      }
    }
  }
}

/// to[cols, rows] = transpose of from[rows, cols].  With Pad, each row of `to` is filled with 0 up to a whole vector.
template <bool Pad>
void transpose_matrix(const float* from, std::size_t from_stride, std::size_t rows, std::size_t cols, float* to,
                      std::size_t to_stride) {
  for (std::size_t r = 0; r < rows; r += lanes) {
    for (std::size_t c = 0; c < cols; c += lanes) {
      transpose_block<Pad>(from + r * from_stride + c, from_stride, smaller(lanes, rows - r), smaller(lanes, cols - c),
                           to + c * to_stride + r, to_stride);
    }
  }
}

/// to[rows, lanes] = from[rows, lanes of the mask], else 0.
void copy_partial_vectors(const float* from, std::size_t from_stride, std::size_t rows, Mask mask, float* to) {
#pragma GCC unroll 4
  for (std::size_t r = 0; r < rows; ++r) store(to + r * lanes, load(from + r * from_stride, mask));
}

/// to[rows, vectors*lanes] = from[rows, all lanes of the vectors but those of the last outside the mask], else 0.
void copy_vectors(const float* from, std::size_t from_stride, std::size_t rows, std::size_t vectors, Mask last,
                  float* to) {
  for (std::size_t r = 0; r < rows; ++r, from += from_stride, to += vectors * lanes) {
    for (std::size_t v = 0; v + 1 < vectors; ++v) store(to + v * lanes, load(from + v * lanes));
    store(to + (vectors - 1) * lanes, load(from + (vectors - 1) * lanes, last));
  }
}

}  // namespace
}  // namespace minnow::kernels::cpu::MINNOW_ISA
