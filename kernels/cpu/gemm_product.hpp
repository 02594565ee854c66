// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a product is computed: which operand lies along the vectors, which operands are copied first, and its panels.
// None of these choices changes a bit of the result.  Compiled once per instruction set; see isa.hpp.

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/gemm.hpp"
#include "kernels/cpu/gemm_tile.hpp"
#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/transpose.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {
namespace {

inline constexpr std::size_t panel_width = max_vectors * lanes;
inline constexpr std::size_t buffered_rows = 64;  // rows whose sums are kept apart from c

/// The product as the tiles see it: `rows` are broadcast, `cols` lie along the vectors.  Seen the other way round
/// (swapped), C^T = op(B)^T op(A)^T, and element (r, c) is stored at c[c * c_stride + r].
struct Product {
  std::size_t rows, cols, depth;
  bool a_depth_contiguous;  ///< element (r, k) is a[r * a_stride + k], else a[k * a_stride + r]
  bool b_depth_contiguous;  ///< element (k, c) is b[c * b_stride + k], else b[k * b_stride + c]
  bool swapped;
  std::size_t a_stride, b_stride, c_stride;
  std::size_t vectors;        ///< of cols
  std::size_t panels;         ///< of at most max_vectors vectors
  std::size_t panel_vectors;  ///< of a panel; one more in the first `wider_panels`
  std::size_t wider_panels;
  bool pack_a;  ///< copy blocks of a that the tiles could read in place
  bool pack_b;  ///< likewise panels of b
  bool direct;  ///< nothing is copied but partial vectors, and all sums go straight to c
};

/// Estimated half cycles: one per vector fma, about ten per vector transposed.
MINNOW_INLINE std::size_t cost(std::size_t rows, std::size_t vectors, std::size_t depth, bool transpose_b,
                               bool swapped) {
  const std::size_t blocks = swapped ? (rows + buffered_rows - 1) / buffered_rows : 1;
  return vectors * (rows * depth + (transpose_b ? 10 * blocks * depth : 0) + (swapped ? 10 * rows : 0));
}

/// Of at most max_vectors vectors; with 16 lanes and 7 or 8 rows of 3, which saves a second tile and so a second
/// reading of b: 784 x 7 x 64 (transposed a) took 7.3 us instead of 7.9 (Cascade Lake).
MINNOW_INLINE std::size_t panels_of(std::size_t rows, std::size_t vectors) {
  if (lanes == 16 && rows > max_rows_by_vectors[4] && rows <= max_rows_by_vectors[3]) return (vectors + 2) / 3;
  return (vectors + max_vectors - 1) / max_vectors;
}

MINNOW_INLINE Product choose_product(const GemmArguments& g) {
  const std::size_t row_vectors = (g.rows + lanes - 1) / lanes, col_vectors = (g.cols + lanes - 1) / lanes;
  const bool swapped = cost(g.cols, row_vectors, g.depth, !g.transpose_a, true) <
                       cost(g.rows, col_vectors, g.depth, g.transpose_b, false);
  const std::size_t rows = swapped ? g.cols : g.rows, vectors = swapped ? row_vectors : col_vectors;
  const std::size_t a_stride = swapped ? g.ldb : g.lda, b_stride = swapped ? g.lda : g.ldb;
  const bool a_depth_contiguous = swapped ? g.transpose_b : !g.transpose_a;
  const bool b_depth_contiguous = swapped ? !g.transpose_a : g.transpose_b;
  const std::size_t panels = panels_of(rows, vectors);
  // Of 32 bits: the division of 64 takes as long as a small tile (Cascade Lake).
  const std::size_t panel_vectors = static_cast<std::uint32_t>(vectors) / static_cast<std::uint32_t>(panels);
  // A chunk of a with far apart columns meets more pages and cache lines than stay close, once for each panel: 784 x
  // 512 x 128 (transposed a, stride 784) ran at 103 GFLOP/s in place, 116 copied (Cascade Lake).
  const bool pack_a = !a_depth_contiguous && !swapped && panels >= 2 && g.depth > 64 && a_stride >= 256;
  // A panel is worth copying if many rows meet it, or if its rows compete for the same cache sets.
  const bool pack_b = !b_depth_contiguous && (rows >= 256 || (rows >= 64 && b_stride % 512 == 0));
  return {.rows = rows,
          .cols = swapped ? g.rows : g.cols,
          .depth = g.depth,
          .a_depth_contiguous = a_depth_contiguous,
          .b_depth_contiguous = b_depth_contiguous,
          .swapped = swapped,
          .a_stride = a_stride,
          .b_stride = b_stride,
          .c_stride = g.ldc,
          .vectors = vectors,
          .panels = panels,
          .panel_vectors = panel_vectors,
          .wider_panels = vectors - panel_vectors * panels,
          .pack_a = pack_a,
          .pack_b = pack_b,
          .direct = !swapped && !b_depth_contiguous && !pack_a && !pack_b && g.depth <= sum_group};
}

/// Columns that one set of tiles covers: `vectors` vectors, of which the last may be partial.
struct Panel {
  std::size_t first_col, vectors, cols;
  Mask last;
};

/// The panels differ by one vector at most; the wider ones come first.
MINNOW_INLINE std::size_t first_vector(const Product& p, std::size_t panel) {
  return panel * p.panel_vectors + smaller(panel, p.wider_panels);
}

MINNOW_INLINE Panel panel_of(const Product& p, std::size_t index) {
  const std::size_t begin = first_vector(p, index), vectors = p.panel_vectors + (index < p.wider_panels ? 1 : 0);
  const std::size_t cols = smaller(p.cols - begin * lanes, vectors * lanes);
  return {begin * lanes, vectors, cols, first_lanes(cols - (vectors - 1) * lanes)};
}

/// A place in the sequence of all rows of the first panel, all rows of the second, ...; {panels, 0} is its end.
struct Place {
  std::size_t panel, row;
};

/// The place before which `weight` lies, where a row weighs as much as its panel has vectors.
MINNOW_INLINE Place place_of(const Product& p, std::size_t weight) {
  const std::size_t vector = weight / p.rows;
  if (vector >= p.vectors) return {p.panels, 0};
  std::size_t panel = vector / max_vectors;
  while (first_vector(p, panel + 1) <= vector) ++panel;
  const std::size_t begin = first_vector(p, panel), vectors = first_vector(p, panel + 1) - begin;
  return {panel, (weight - begin * p.rows) / vectors};
}

}  // namespace
}  // namespace minnow::kernels::cpu::MINNOW_ISA
