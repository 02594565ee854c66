// SPDX-License-Identifier: Apache-2.0
#pragma once

// Products by an operand that is mostly zero, as images are. A tile leaves out the depths at which all its rows of a
// are zero. That changes no bit as long as b is finite, since 0 * b changes no sum but -0, and no result is -0, which
// takes products that underflow; both are checked. Compiled once per instruction set; see isa.hpp.

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/gemm_product.hpp"
#include "kernels/cpu/gemm_tile.hpp"
#include "kernels/cpu/isa.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {
namespace {

/// Ascending depths within a chunk.
struct DepthList {
  alignas(64) std::uint32_t at[sum_chunk + lanes];  // filled in whole vectors
  std::size_t count;
};

template <int R, int V, bool Accumulate>
MINNOW_INLINE bool write_sparse_tile(const Tile& t, Vec (&sum)[R][V]) {
  NegativeZeros negative;
#pragma GCC unroll 2
  for (int r = 0; r < R; ++r) {
    float* const c = t.c + r * t.c_stride;
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      const Mask mask = v == V - 1 ? t.last : first_lanes(lanes);
      const Vec value = Accumulate ? add(load(c + v * lanes, mask), sum[r][v]) : sum[r][v];
      negative.see(value);
      store(c + v * lanes, value, mask);
    }
  }
  return negative.seen();
}

/// a[R, depth] * b[depth, V*lanes] of the listed depths. Few rows by many vectors: the fewer the rows, the more often
/// all of them are zero.
inline constexpr int sparse_rows = 2;
inline constexpr int sparse_vectors = lanes == 8 ? 4 : 8;
inline constexpr std::size_t sparse_width = sparse_vectors * lanes;

///
/// Whether a result is -0.
template <int R, int V, bool DepthContiguous>
bool sparse_tile(const Tile& t, const DepthList& depths) {
  Vec sum[R][V];
#pragma GCC unroll 2
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) sum[r][v] = zero();
  }
  const std::size_t a_stride = t.a_stride, b_stride = t.b_stride, count = depths.count;
  const float* const a = t.a;
  const float* const b = t.b;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t k = depths.at[i];
    Vec bv[V];
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) bv[v] = load(b + k * b_stride + v * lanes);
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) {
      const Vec av = broadcast(DepthContiguous ? a + r * a_stride + k : a + k * a_stride + r);
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) accumulate(sum[r][v], av, bv[v]);
    }
  }
  return t.accumulate ? write_sparse_tile<R, V, true>(t, sum) : write_sparse_tile<R, V, false>(t, sum);
}

struct SparseTileTable {
  bool (*at[sparse_vectors + 1][sparse_rows + 1])(const Tile&, const DepthList&);
};

template <bool DepthContiguous, int V>
constexpr void fill_sparse(SparseTileTable& table) {
  table.at[V][1] = sparse_tile<1, V, DepthContiguous>;
  table.at[V][2] = sparse_tile<2, V, DepthContiguous>;
  if constexpr (V > 1) fill_sparse<DepthContiguous, V - 1>(table);
}

template <bool DepthContiguous>
constexpr SparseTileTable make_sparse_table() {
  SparseTileTable table{};
  fill_sparse<DepthContiguous, sparse_vectors>(table);
  return table;
}

inline constexpr SparseTileTable sparse_depth_contiguous_tiles = make_sparse_table<true>();
inline constexpr SparseTileTable sparse_row_contiguous_tiles = make_sparse_table<false>();

/// The depths at which any of the rows of a[rows, depth] is not zero.
MINNOW_INLINE void list_depths(const float* a, std::size_t a_stride, std::size_t rows, std::size_t depth,
                               DepthList& list) {
  std::size_t count = 0;
  for (std::size_t k = 0; k < depth; k += lanes) {
    const Mask mask = first_lanes(smaller(lanes, depth - k));
    std::uint32_t bits = 0;
    for (std::size_t r = 0; r < rows; ++r) bits |= nonzero_lanes(load(a + r * a_stride + k, mask));
    count += store_set_bits(list.at + count, static_cast<std::uint32_t>(k), bits);
  }
  list.count = count;
}

/// Which of up to `lanes` rows are not zero, for each depth of a[depth, rows].
struct NonzeroRows {
  alignas(64) std::uint32_t at[sum_chunk];

  MINNOW_INLINE void find(const float* a, std::size_t a_stride, std::size_t rows, std::size_t depth) {
    const Mask mask = first_lanes(rows);
    for (std::size_t k = 0; k < depth; ++k) {
      __builtin_prefetch(a + k * a_stride + lanes);  // of the next rows
      at[k] = nonzero_lanes(load(a + k * a_stride, mask));
    }
    for (std::size_t k = depth; k % lanes != 0; ++k) at[k] = 0;
  }
  /// The depths at which any row of the tile is not zero.
  MINNOW_INLINE void list(std::uint32_t tile_rows, std::size_t depth, DepthList& list) const {
    std::size_t count = 0;
    for (std::size_t k = 0; k < depth; k += lanes) {
      count += store_set_bits(list.at + count, static_cast<std::uint32_t>(k), lanes_with_bits(at + k, tile_rows));
    }
    list.count = count;
  }
};

/// One chunk of c[rows, cols] for cols <= sparse_width, where t.a, t.b and t.c are those of the first element and b is
/// read in whole vectors. Whether a result is -0.
bool add_sparse_chunk(Tile t, bool a_depth_contiguous, std::size_t vectors, std::size_t rows) {
  const auto& tiles = (a_depth_contiguous ? sparse_depth_contiguous_tiles : sparse_row_contiguous_tiles).at[vectors];
  NonzeroRows nonzero;
  DepthList depths;
  bool negative_zero = false;
  for (std::size_t r = 0, tile_rows = 0; r < rows; r += tile_rows) {
    tile_rows = smaller(sparse_rows, rows - r);
    const std::size_t lane = r % lanes;
    if (a_depth_contiguous) {
      list_depths(t.a, t.a_stride, tile_rows, t.depth, depths);
    } else {
      if (lane == 0) nonzero.find(t.a, t.a_stride, smaller(lanes, rows - r), t.depth);
      nonzero.list(3U << lane, t.depth, depths);
    }
    negative_zero |= tiles[tile_rows](t, depths);
    t.a += tile_rows * (a_depth_contiguous ? t.a_stride : 1);
    t.c += tile_rows * t.c_stride;
  }
  return negative_zero;
}

constexpr std::size_t sample_rows = 4, samples = 32;
constexpr std::size_t products_worth_a_look = 500'000;

/// From a sample: at half of the depths or more, neighboring rows of a are all zero.
bool looks_sparse(const Product& p, const float* a) {
  const std::size_t row_stride = p.a_depth_contiguous ? p.a_stride : 1;
  const std::size_t depth_stride = p.a_depth_contiguous ? 1 : p.a_stride;
  std::size_t blank = 0;
  for (std::size_t i = 0; i < samples; ++i) {
    const std::size_t row = (p.rows - sample_rows) * i / (samples - 1), k = i * 37 % samples * p.depth / samples;
    const float* at = a + row * row_stride + k * depth_stride;
    blank += at[0] == 0 && at[row_stride] == 0 && at[2 * row_stride] == 0 && at[3 * row_stride] == 0 ? 1 : 0;
  }
  return 2 * blank >= samples;
}

/// No element of b is infinite or NaN; its product with a zero would be NaN.
bool all_finite(const Product& p, const float* b) {
  Vec sum[4] = {zero(), zero(), zero(), zero()};
  for (std::size_t k = 0; k < p.depth; ++k, b += p.b_stride) {
    std::size_t c = 0;
    for (; c + 4 * lanes <= p.cols; c += 4 * lanes) {
#pragma GCC unroll 4
      for (std::size_t v = 0; v < 4; ++v) sum[v] = fma(load(b + c + v * lanes), zero(), sum[v]);
    }
    for (; c < p.cols; c += lanes) {
      sum[0] = fma(load(b + c, first_lanes(smaller(lanes, p.cols - c))), zero(), sum[0]);
    }
  }
  return nonzero_lanes(add(add(sum[0], sum[1]), add(sum[2], sum[3]))) == 0;
}

/// Whether the zeros of a may be worth looking for.
MINNOW_INLINE bool may_be_sparse(const Product& p) {
  return lanes > 1 && !p.swapped && !p.b_depth_contiguous && p.rows >= lanes && p.depth >= samples &&
         p.depth <= sum_group && p.rows * p.cols * p.depth >= products_worth_a_look;
}

}  // namespace
}  // namespace minnow::kernels::cpu::MINNOW_ISA
