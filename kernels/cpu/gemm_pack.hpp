// SPDX-License-Identifier: Apache-2.0
#pragma once

// Copies that bring an operand of a product into the order in which tiles read it, and a product that was found the
// other way round back into C.  Compiled once per instruction set; see isa.hpp.

#include <cstddef>

#include "kernels/cpu/isa.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {
namespace {

MINNOW_INLINE constexpr std::size_t smaller(std::size_t a, std::size_t b) {
  return a < b ? a : b;
}

/// to[i, lanes] = from[0..count, i] for i in 0..width, filled with 0; count <= lanes, width <= lanes.
MINNOW_INLINE void pack_columns(const float* from, std::size_t from_stride, std::size_t count, std::size_t width,
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
  ColumnReader reader(from, from_stride);
  for (std::size_t i = 0; i < width; i += quad) {
    Vec column[quad];
    reader.read(column);
    for (std::size_t j = 0; j < quad && i + j < width; ++j) store(to + (i + j) * to_stride, column[j]);
  }
}

/// to[cols, rows] = transpose of from[rows, cols], each row of `to` filled with 0 up to a whole vector.
void transpose_packed(const float* from, std::size_t from_stride, std::size_t rows, std::size_t cols, float* to,
                      std::size_t to_stride) {
  for (std::size_t r = 0; r < rows; r += lanes) {
    for (std::size_t c = 0; c < cols; c += lanes) {
      pack_columns(from + r * from_stride + c, from_stride, smaller(lanes, rows - r), smaller(lanes, cols - c),
                   to + c * to_stride + r, to_stride);
    }
  }
}

/// to[i, lanes of the mask] = from[Rows, i] for i in 0..width.
template <std::size_t Rows>
void write_columns(const float* from, std::size_t from_stride, Mask mask, std::size_t width, float* to,
                   std::size_t to_stride) {
  ColumnReader<Rows> reader(from, from_stride);
  for (std::size_t i = 0; i < width; i += quad) {
    Vec column[quad];
    reader.read(column);
#pragma GCC unroll 4
    for (std::size_t j = 0; j < quad; ++j, to += to_stride) {
      if (i + j < width) store(to, column[j], mask);
    }
  }
}

/// to[cols, rows] = transpose of sums[rows, cols], a buffer that exists in whole vectors and whole quads of rows.
void transpose_sums(const float* sums, std::size_t stride, std::size_t rows, std::size_t cols, float* to,
                    std::size_t to_stride) {
  for (std::size_t r = 0; r < rows; r += lanes) {
    const std::size_t count = smaller(lanes, rows - r);
    const Mask mask = first_lanes(count);
    const float* const from = sums + r * stride;
    switch ((count + quad - 1) / quad) {
      case 1:
        write_columns<quad>(from, stride, mask, cols, to + r, to_stride);
        break;
      case 2:
        write_columns<smaller(2 * quad, lanes)>(from, stride, mask, cols, to + r, to_stride);
        break;
      case 3:
        write_columns<smaller(3 * quad, lanes)>(from, stride, mask, cols, to + r, to_stride);
        break;
      default:
        write_columns<lanes>(from, stride, mask, cols, to + r, to_stride);
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
