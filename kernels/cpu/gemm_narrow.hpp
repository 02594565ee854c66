// SPDX-License-Identifier: Apache-2.0
#pragma once

// Products of few columns by a row-major a[rows, depth].  With the columns along a vector most lanes would be idle, so
// the rows lie along it, and a is transposed four columns at a time in registers, without a packed copy.
// Compiled once per instruction set; see isa.hpp.

#include <cstddef>

#include "kernels/cpu/gemm.hpp"
#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/transpose.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {
namespace {

inline constexpr int max_narrow_cols = 12;

/// sums[Blocks, N, lanes] = or += one chunk of a[Blocks * lanes, depth] * b[depth, N], each block of rows transposed.
struct NarrowTile {
  const float* a;
  std::size_t a_stride;
  const float* b;
  std::size_t b_stride;
  std::size_t depth;
  float* sums;
  bool accumulate;
};

/// sum[N] += column * b[N]
template <int N>
MINNOW_INLINE void add_product(Vec (&sum)[N], Vec column, const float* b) {
#pragma GCC unroll 16
  for (int n = 0; n < N; ++n) accumulate(sum[n], broadcast(b + n), column);
}

template <int N>
MINNOW_INLINE void add_product(Vec (&sum0)[N], Vec (&sum1)[N], Vec column0, Vec column1, const float* b) {
#pragma GCC unroll 16
  for (int n = 0; n < N; ++n) {
    const Vec bv = broadcast(b + n);
    accumulate(sum0[n], bv, column0);
    accumulate(sum1[n], bv, column1);
  }
}

/// Column k of a[lanes, depth].
MINNOW_INLINE Vec gather_column(const float* a, std::size_t a_stride, std::size_t k) {
  float column[lanes];
  for (std::size_t i = 0; i < lanes; ++i) column[i] = a[i * a_stride + k];
  return load(column);
}

template <int N>
MINNOW_INLINE void write_sums(const Vec (&sum)[N], float* to, bool accumulate) {
#pragma GCC unroll 16
  for (int n = 0; n < N; ++n, to += lanes) store(to, accumulate ? add(load(to), sum[n]) : sum[n]);
}

template <int N>
void narrow_tile(const NarrowTile& t) {
  Vec sum[N];
#pragma GCC unroll 16
  for (int n = 0; n < N; ++n) sum[n] = zero();
  const float* b = t.b;
  const std::size_t b_stride = t.b_stride;
  ColumnReader reader(t.a, t.a_stride);
  for (std::size_t k = t.depth / quad; k != 0; --k) {
    Vec columns[quad];
    reader.read(columns);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < quad; ++i) {
      add_product(sum, columns[i], b);
      keep(b += b_stride);
    }
  }
  for (std::size_t k = t.depth / quad * quad; k < t.depth; ++k, b += b_stride) {
    add_product(sum, gather_column(t.a, t.a_stride, k), b);
  }
  write_sums(sum, t.sums, t.accumulate);
}

/// Two blocks of rows at once share the broadcasts.
template <int N>
void narrow_tile_pair(const NarrowTile& t) {
  Vec sum0[N], sum1[N];
#pragma GCC unroll 16
  for (int n = 0; n < N; ++n) sum0[n] = sum1[n] = zero();
  const float* b = t.b;
  const std::size_t b_stride = t.b_stride;
  ColumnReader reader0(t.a, t.a_stride), reader1(t.a + lanes * t.a_stride, t.a_stride);
  for (std::size_t k = t.depth / quad; k != 0; --k) {
    Vec columns0[quad], columns1[quad];
    reader0.read(columns0);
    reader1.read(columns1);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < quad; ++i) {
      add_product(sum0, sum1, columns0[i], columns1[i], b);
      keep(b += b_stride);
    }
  }
  for (std::size_t k = t.depth / quad * quad; k < t.depth; ++k, b += b_stride) {
    add_product(sum0, sum1, gather_column(t.a, t.a_stride, k), gather_column(t.a + lanes * t.a_stride, t.a_stride, k),
                b);
  }
  write_sums(sum0, t.sums, t.accumulate);
  write_sums(sum1, t.sums + N * lanes, t.accumulate);
}

struct NarrowTable {
  void (*tile[max_narrow_cols + 1])(const NarrowTile&);
  void (*pair[max_narrow_cols + 1])(const NarrowTile&);
};

template <int N>
constexpr void fill_narrow(NarrowTable& table) {
  table.tile[N] = narrow_tile<N>;
  table.pair[N] = narrow_tile_pair<N>;
  if constexpr (N > 1) fill_narrow<N - 1>(table);
}

constexpr NarrowTable make_narrow_table() {
  NarrowTable table{};
  fill_narrow<max_narrow_cols>(table);
  return table;
}

inline constexpr NarrowTable narrow_tiles = make_narrow_table();

static_assert(max_narrow_cols % quad == 0);

struct NarrowScratch {
  alignas(64) float a[lanes * sum_chunk];  // a last block of fewer rows, filled with 0
  alignas(64) float total[2 * max_narrow_cols * lanes];
  alignas(64) float group[2 * max_narrow_cols * lanes];
};

/// t.a for a block of fewer rows than lanes.
void copy_last_rows(NarrowTile& t, std::size_t rows, float* to) {
  for (std::size_t r = 0; r < lanes; ++r) {
    for (std::size_t k = 0; k < t.depth; ++k) to[r * sum_chunk + k] = r < rows ? t.a[r * t.a_stride + k] : 0.0F;
  }
  t.a = to;
  t.a_stride = sum_chunk;
}

/// c[rows, cols] for rows <= lanes or rows == 2 * lanes.
void narrow_block(const GemmArguments& g, const float* a, const float* b, float* c, std::size_t rows,
                  NarrowScratch& scratch) {
  const std::size_t floats = (rows > lanes ? 2 : 1) * g.cols * lanes;
  const auto tile = rows > lanes ? narrow_tiles.pair[g.cols] : narrow_tiles.tile[g.cols];
  for (std::size_t begin = 0; begin < g.depth; begin += sum_group) {
    const std::size_t end = smaller(g.depth, begin + sum_group);
    float* sums = begin == 0 ? scratch.total : scratch.group;
    for (std::size_t k = begin; k < end; k += sum_chunk) {
      NarrowTile t{a + k, g.lda, b + k * g.ldb, g.ldb, smaller(sum_chunk, end - k), sums, k != begin};
      if (rows < lanes) copy_last_rows(t, rows, scratch.a);
      tile(t);
    }
    for (std::size_t i = 0; begin != 0 && i < floats; i += lanes) {
      store(scratch.total + i, add(load(scratch.total + i), load(sums + i)));
    }
  }
  for (std::size_t r = 0; r < rows; r += lanes) {
    transpose_buffer(scratch.total + r * g.cols, lanes, g.cols, smaller(lanes, rows - r), c + r * g.ldc, g.ldc);
  }
}

/// Above 12 columns a vector along them is full enough; for short sums the transposed result costs more than it saves.
bool is_narrow(const GemmArguments& g) {
  return lanes > 1 && !g.transpose_a && !g.transpose_b && g.cols <= max_narrow_cols && g.rows >= 2 * lanes &&
         g.depth >= 32;
}

/// Shares are ranges of the rows of all models.
[[gnu::noinline]] void narrow_gemm(const GemmArguments& g, std::size_t part, std::size_t parts) {
  NarrowScratch scratch;
  const std::size_t begin = g.models * g.rows * part / parts, end = g.models * g.rows * (part + 1) / parts;
  for (std::size_t m = begin / g.rows; m * g.rows < end; ++m) {
    const float* a = g.a + m * g.stride_a;
    float* c = g.c + m * g.stride_c;
    const std::size_t low = begin > m * g.rows ? begin - m * g.rows : 0, high = smaller(g.rows, end - m * g.rows);
    for (std::size_t r = low, rows = 0; r < high; r += rows) {
      rows = high - r >= 2 * lanes ? 2 * lanes : smaller(lanes, high - r);
      narrow_block(g, a + r * g.lda, g.b + m * g.stride_b, c + r * g.ldc, rows, scratch);
    }
  }
}

}  // namespace
}  // namespace minnow::kernels::cpu::MINNOW_ISA
