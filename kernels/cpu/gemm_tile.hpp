// SPDX-License-Identifier: Apache-2.0
#pragma once

// The inner kernel of the product: R broadcast rows by V vectors of sums held in registers over one chunk of depth.
// Compiled once per instruction set; see isa.hpp.

#include <cstddef>

#include "kernels/cpu/isa.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {
namespace {

/// c[R, V*lanes] = or += (one chain per element over `depth`) of a[R, depth] * b[depth, V*lanes].
struct Tile {
  const float* a;
  std::size_t a_stride;  ///< between rows if a is contiguous along depth, else between depths
  const float* b;
  std::size_t b_stride;  ///< between depths
  const float* b_last;   ///< the last of the V vectors, read whole: apart, since a partial one is read from a copy
  std::size_t b_last_stride;
  std::size_t depth;
  float* c;
  std::size_t c_stride;
  Mask last;        ///< the lanes of the last vector that exist in c
  bool accumulate;  ///< add to c instead of replacing it
};

using TileFunction = std::size_t (*)(Tile&, std::size_t rows, std::size_t least);

template <int R, int V, bool Accumulate>
MINNOW_INLINE void write_tile(const Tile& t, Vec (&sum)[R][V]) {
  float* c = t.c;
  const std::size_t stride = t.c_stride;
  const Mask last = t.last;
#pragma GCC unroll 32
  for (int r = 0; r < R; ++r, keep(c += stride)) {
#pragma GCC unroll 4
    for (int v = 0; v < V - 1; ++v) {
      store(c + v * lanes, Accumulate ? add(load(c + v * lanes), sum[r][v]) : sum[r][v]);
    }
    float* p = c + (V - 1) * lanes;
    store(p, Accumulate ? add(load(p, last), sum[r][V - 1]) : sum[r][V - 1], last);
  }
}

/// The operands of a tile while it walks along depth.
template <int R, int V, bool DepthContiguous>
struct Walk {
  static constexpr int groups = DepthContiguous ? (R + 2) / 3 : 1;
  const float* a[groups];  // of every third row; the two rows after it are at scaled strides, which x86 adds for free
  const float* b;
  const float* b_last;
  std::size_t a_stride, b_stride, b_last_stride;

  MINNOW_INLINE explicit Walk(const Tile& t)
      : b(t.b), b_last(t.b_last), a_stride(t.a_stride), b_stride(t.b_stride), b_last_stride(t.b_last_stride) {
#pragma GCC unroll 8
    for (int g = 0; g < groups; ++g) a[g] = t.a + 3 * g * a_stride;
  }

  /// sum[R, V] += a[R, Depths] * b[Depths, V], one depth after the other.
  template <int Depths>
  MINNOW_INLINE void add_products(Vec (&sum)[R][V]) {
#pragma GCC unroll 8
    for (int k = 0; k < Depths; ++k) {
      Vec bv[V];
#pragma GCC unroll 4
      for (int v = 0; v < V - 1; ++v) bv[v] = load(b + v * lanes);
      bv[V - 1] = load(b_last);
      if (DepthContiguous) keep(a_stride);  // else a sum with k for each row and k would be kept, and spilled
#pragma GCC unroll 32
      for (int r = 0; r < R; ++r) {
        const float* const element = DepthContiguous ? a[r / 3] + (r % 3) * a_stride + k : a[0] + r;
        if constexpr (V == 1) {
          accumulate_broadcast(sum[r][0], element, bv[0]);
        } else {
          const Vec av = broadcast(element);
#pragma GCC unroll 4
          for (int v = 0; v < V; ++v) accumulate(sum[r][v], av, bv[v]);
        }
      }
      if (V > 1) keep(b += b_stride);
      keep(b_last += b_last_stride);
      if (!DepthContiguous) keep(a[0] += a_stride);
    }
    if (!DepthContiguous) return;
#pragma GCC unroll 8
    for (int g = 0; g < groups; ++g) keep(a[g] += Depths);
  }
};

/// One tile of `rows`, and further ones below it while `least` rows remain. Leaves t.a and t.c at the first of those
/// that remain, whose number it returns.
template <int R, int V, bool DepthContiguous>
std::size_t tile(Tile& t, std::size_t rows, std::size_t least) {
  do {
    Vec sum[R][V];
#pragma GCC unroll 32
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[r][v] = zero();
    }
    Walk<R, V, DepthContiguous> walk(t);
    // Two depths at a time: with four, 128 x 64 x 64 ran at 0.98 of OpenBLAS's speed instead of 1.00, on a busy machine
    // at 0.93 instead of 1.02.
    for (std::size_t k = t.depth / 2; k != 0; --k) walk.template add_products<2>(sum);
    if (t.depth % 2 != 0) walk.template add_products<1>(sum);
    if (t.accumulate) {
      write_tile<R, V, true>(t, sum);
    } else {
      write_tile<R, V, false>(t, sum);
    }
    t.a += DepthContiguous ? R * t.a_stride : R;
    t.c += R * t.c_stride;
    rows -= R;
  } while (rows >= least);
  return rows;
}

// Rows per tile for each vector count: enough sums to cover the latency of fma, few enough to stay in registers.
inline constexpr int max_vectors = lanes == 8 ? 2 : 4;
inline constexpr int max_rows = lanes == 16 ? 16 : lanes == 8 ? 8 : 4;
inline constexpr unsigned max_rows_by_vectors[5] = {0, max_rows,
                                                    lanes == 16  ? 12
                                                    : lanes == 8 ? 6
                                                                 : 4,
                                                    lanes == 16 ? 8 : 4, lanes == 16 ? 6 : 2};

struct TileTable {
  TileFunction at[max_vectors + 1][max_rows + 1];
};

template <bool DepthContiguous, int V, unsigned R>
constexpr void fill_rows(TileTable& table) {
  table.at[V][R] = tile<static_cast<int>(R), V, DepthContiguous>;
  if constexpr (R > 1) fill_rows<DepthContiguous, V, R - 1>(table);
}

template <bool DepthContiguous, int V>
constexpr void fill_vectors(TileTable& table) {
  fill_rows<DepthContiguous, V, max_rows_by_vectors[V]>(table);
  if constexpr (V > 1) fill_vectors<DepthContiguous, V - 1>(table);
}

template <bool DepthContiguous>
constexpr TileTable make_tile_table() {
  TileTable table{};
  fill_vectors<DepthContiguous, max_vectors>(table);
  return table;
}

inline constexpr TileTable depth_contiguous_tiles = make_tile_table<true>();
inline constexpr TileTable row_contiguous_tiles = make_tile_table<false>();

}  // namespace
}  // namespace minnow::kernels::cpu::MINNOW_ISA
