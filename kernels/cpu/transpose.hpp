// SPDX-License-Identifier: Apache-2.0
#pragma once

// Transposes between matrices of memory, a quad of columns at a time. Compiled once per instruction set; see isa.hpp.

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
inline void transpose_packed(const float* from, std::size_t from_stride, std::size_t rows, std::size_t cols, float* to,
                             std::size_t to_stride) {
  for (std::size_t r = 0; r < rows; r += lanes) {
    for (std::size_t c = 0; c < cols; c += lanes) {
      pack_columns(from + r * from_stride + c, from_stride, smaller(lanes, rows - r), smaller(lanes, cols - c),
                   to + c * to_stride + r, to_stride);
    }
  }
}

/// to[i, 0..count) = from[0..count, i] for i in 0..width, where count <= Rows and rows up to a whole quad exist.
template <std::size_t Rows = lanes>
void write_columns(const float* from, std::size_t from_stride, std::size_t count, std::size_t width, float* to,
                   std::size_t to_stride) {
  if constexpr (Rows > quad) {
    if (count <= Rows - quad) return write_columns<Rows - quad>(from, from_stride, count, width, to, to_stride);
  }
  const Mask mask = first_lanes(count);
  ColumnReader<Rows> reader(from, from_stride);
  for (std::size_t i = 0; i < width; i += quad) {
    Vec column[quad];
    reader.read(column);
    for (std::size_t j = 0; j < quad && i + j < width; ++j, to += to_stride) {
      if (count == lanes) {
        store(to, column[j]);
      } else {
        store(to, column[j], mask);
      }
    }
  }
}

/// to[cols, rows] = transpose of from[rows, cols], a buffer that may be read in whole vectors and whole quads of rows.
inline void transpose_buffer(const float* from, std::size_t stride, std::size_t rows, std::size_t cols, float* to,
                             std::size_t to_stride) {
  for (std::size_t r = 0; r < rows; r += lanes) {
    write_columns(from + r * stride, stride, smaller(lanes, rows - r), cols, to + r, to_stride);
  }
}

}  // namespace
}  // namespace minnow::kernels::cpu::MINNOW_ISA
