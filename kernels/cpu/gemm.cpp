// SPDX-License-Identifier: Apache-2.0
// Compiled once per instruction set; see isa.hpp.
#include "kernels/cpu/gemm.hpp"

#include "kernels/cpu/gemm_narrow.hpp"
#include "kernels/cpu/gemm_pack.hpp"
#include "kernels/cpu/gemm_product.hpp"
#include "kernels/cpu/gemm_sparse.hpp"
#include "kernels/cpu/gemm_tile.hpp"
#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/transpose.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {
namespace {

/// One model of a product.
struct Operands {
  const float* a;
  const float* b;
  float* c;
  bool sparse;  ///< worth leaving out zeros of a
};

constexpr std::size_t panel_group = 4;   // panels that share one packed block of a
constexpr std::size_t packed_rows = 96;  // rows of a packed together

/// Packed operands of one call; lives on the stack.  Sums that need a buffer have one panel at a time, and take the
/// place of the second and third.
struct Scratch {
  alignas(64) float b[panel_group][sum_chunk * panel_width];
  alignas(64) float a[sum_chunk * packed_rows];
  float* total() { return b[1]; }
  float* group() { return b[2]; }
};
static_assert(buffered_rows <= sum_chunk && buffered_rows % quad == 0);
static_assert(sizeof(Scratch) <= 176 * 1024);

/// Sets the part of a tile that is the same for a panel and a chunk, where b is read in place: `partial` gets a copy of
/// its last vector if that is partial.
MINNOW_INLINE void start_direct_panel(const Product& p, const float* b, const Panel& panel, std::size_t depth,
                                      float* partial, Tile& t) {
  t.depth = depth;
  t.last = panel.last;
  t.b = b + panel.first_col;
  t.b_last = t.b + (panel.vectors - 1) * lanes;
  t.b_stride = t.b_last_stride = p.b_stride;
  if (panel.cols != panel.vectors * lanes) {
    copy_partial_vectors(t.b_last, p.b_stride, depth, panel.last, partial);
    t.b_last = partial;
    t.b_last_stride = lanes;
  }
}

/// Likewise; b is copied to `packed` where it must be.
void start_panel(const Product& p, const float* b, const Panel& panel, std::size_t depth, float* packed, Tile& t) {
  if (!p.b_depth_contiguous && !p.pack_b) return start_direct_panel(p, b, panel, depth, packed, t);
  const std::size_t width = panel.vectors * lanes;
  if (p.b_depth_contiguous) {
    transpose_packed(b + panel.first_col * p.b_stride, p.b_stride, panel.cols, depth, packed, width);
  } else {
    copy_vectors(b + panel.first_col, p.b_stride, depth, panel.vectors, panel.last, packed);
  }
  t.depth = depth;
  t.last = panel.last;
  t.b = packed;
  t.b_last = packed + width - lanes;
  t.b_stride = t.b_last_stride = width;
}

/// t.c[rows, panel] = or += chunk, where t.a and t.c are those of the first row, and afterwards of the row after the
/// last: a copy of t, just written, would wait for it to reach the cache (24 x 16 x 32: 0.25 us instead of 0.27).
MINNOW_INLINE void run_tiles(Tile& t, bool a_depth_contiguous, std::size_t vectors, std::size_t rows) {
  const TileTable& table = a_depth_contiguous ? depth_contiguous_tiles : row_contiguous_tiles;
  const std::size_t most = max_rows_by_vectors[vectors];
  while (rows != 0) {
    // The last two share their rows: a tile of one row would run at a fraction of the speed.
    const bool many = rows >= 2 * most;
    const std::size_t height = many ? most : rows > most ? (rows + 1) / 2 : rows;
    rows = table.at[vectors][height](t, rows, many ? 2 * most : height);
  }
}

MINNOW_INLINE void compute_direct(const Product& p, const Operands& at, std::size_t first, std::size_t last,
                                  std::size_t low, std::size_t high) {
  alignas(64) float partial[sum_chunk * lanes];
  for (std::size_t i = first; i < last; ++i) {
    const Panel panel = panel_of(p, i);
    for (std::size_t k = 0; k < p.depth; k += sum_chunk) {
      Tile t;
      start_direct_panel(p, at.b + k * p.b_stride, panel, smaller(sum_chunk, p.depth - k), partial, t);
      t.a = p.a_depth_contiguous ? at.a + low * p.a_stride + k : at.a + k * p.a_stride + low;
      t.a_stride = p.a_stride;
      t.c = at.c + low * p.c_stride + panel.first_col;
      t.c_stride = p.c_stride;
      t.accumulate = k != 0;
      run_tiles(t, p.a_depth_contiguous, panel.vectors, high - low);
    }
  }
}

/// Rows [row, row + rows) of up to panel_group panels, and where the sums of the first one go.
struct Block {
  const Panel* panels;
  std::size_t count, row, rows;
  float* c;
  std::size_t c_stride;
};

/// block.c = or += the chunk [k, k + depth).
void add_chunk(const Product& p, const Operands& at, const Block& block, std::size_t k, std::size_t depth,
               bool accumulate, Scratch& scratch) {
  Tile tiles[panel_group];
  for (std::size_t i = 0; i < block.count; ++i) {
    const float* b = at.b + k * (p.b_depth_contiguous ? 1 : p.b_stride);
    start_panel(p, b, block.panels[i], depth, scratch.b[i], tiles[i]);
    tiles[i].accumulate = accumulate;
    tiles[i].c_stride = block.c_stride;
  }
  const std::size_t step = p.pack_a ? packed_rows : block.rows;
  for (std::size_t r = 0; r < block.rows; r += step) {
    const std::size_t rows = smaller(step, block.rows - r), row = block.row + r, vectors = (rows + lanes - 1) / lanes;
    const float* a = p.a_depth_contiguous ? at.a + row * p.a_stride + k : at.a + k * p.a_stride + row;
    if (p.pack_a) copy_vectors(a, p.a_stride, depth, vectors, first_lanes(rows - (vectors - 1) * lanes), scratch.a);
    for (std::size_t i = 0; i < block.count; ++i) {
      tiles[i].a = p.pack_a ? scratch.a : a;
      tiles[i].a_stride = p.pack_a ? vectors * lanes : p.a_stride;
      tiles[i].c = block.c + r * block.c_stride + block.panels[i].first_col - block.panels[0].first_col;
      run_tiles(tiles[i], p.a_depth_contiguous, block.panels[i].vectors, rows);
    }
  }
}

/// block.c = the sum over the depths [begin, end), at most sum_group of them.
void compute_group(const Product& p, const Operands& at, const Block& block, std::size_t begin, std::size_t end,
                   Scratch& scratch) {
  for (std::size_t k = begin; k < end; k += sum_chunk) {
    add_chunk(p, at, block, k, smaller(sum_chunk, end - k), k != begin, scratch);
  }
}

/// At most buffered_rows rows of a panel by way of a buffer, since its sums have more than one group or are found the
/// other way round.
void compute_buffered(const Product& p, const Operands& at, const Panel& panel, std::size_t row, std::size_t rows,
                      Scratch& scratch) {
  const std::size_t width = panel.vectors * lanes;
  float* total = scratch.total();
  for (std::size_t g = 0; g < p.depth; g += sum_group) {
    float* sums = g == 0 ? total : scratch.group();
    compute_group(p, at, {&panel, 1, row, rows, sums, width}, g, smaller(p.depth, g + sum_group), scratch);
    for (std::size_t i = 0; g != 0 && i < rows * width; i += lanes)
      store(total + i, add(load(total + i), load(sums + i)));
  }
  if (p.swapped) {
    transpose_buffer(total, width, rows, panel.cols, at.c + panel.first_col * p.c_stride + row, p.c_stride);
    return;
  }
  for (std::size_t r = 0; r < rows; ++r) {
    float* to = at.c + (row + r) * p.c_stride + panel.first_col;
    for (std::size_t c = 0; c < panel.cols; ++c) to[c] = total[r * width + c];
  }
}

[[gnu::noinline]] void compute_packed(const Product& p, const Operands& at, std::size_t first, std::size_t last,
                                      std::size_t low, std::size_t high) {
  Scratch scratch;
  const bool buffered = p.swapped || p.depth > sum_group;
  const std::size_t group = buffered ? 1 : panel_group;
  for (std::size_t i = first; i < last; i += group) {
    Panel panels[panel_group];
    const std::size_t count = smaller(group, last - i);
    for (std::size_t j = 0; j < count; ++j) panels[j] = panel_of(p, i + j);
    if (!buffered) {
      float* c = at.c + low * p.c_stride + panels[0].first_col;
      compute_group(p, at, {panels, count, low, high - low, c, p.c_stride}, 0, p.depth, scratch);
      continue;
    }
    for (std::size_t row = low; row < high; row += buffered_rows) {
      compute_buffered(p, at, panels[0], row, smaller(buffered_rows, high - row), scratch);
    }
  }
}

/// By tiles that leave out depths; at most sum_group deep. False: a result is -0, so it must be computed in full.
[[gnu::noinline]] bool compute_sparse(const Product& p, const Operands& at, std::size_t first, std::size_t last,
                                      std::size_t low, std::size_t high) {
  alignas(64) float packed[sum_chunk * sparse_width];
  const Panel last_panel = panel_of(p, last - 1);
  const std::size_t end = last_panel.first_col + last_panel.cols;
  for (std::size_t col = panel_of(p, first).first_col; col < end; col += sparse_width) {
    const std::size_t cols = smaller(sparse_width, end - col), vectors = (cols + lanes - 1) / lanes;
    const bool pack = p.pack_b || cols % lanes != 0;
    Tile t{};
    t.last = first_lanes(cols - (vectors - 1) * lanes);
    t.a_stride = p.a_stride;
    t.b_stride = pack ? vectors * lanes : p.b_stride;
    t.c = at.c + low * p.c_stride + col;
    t.c_stride = p.c_stride;
    for (std::size_t k = 0; k < p.depth; k += sum_chunk) {
      t.depth = smaller(sum_chunk, p.depth - k);
      t.a = p.a_depth_contiguous ? at.a + low * p.a_stride + k : at.a + k * p.a_stride + low;
      t.b = at.b + k * p.b_stride + col;
      if (pack) {
        copy_vectors(t.b, p.b_stride, t.depth, vectors, t.last, packed);
        t.b = packed;
      }
      t.accumulate = k != 0;
      if (add_sparse_chunk(t, p.a_depth_contiguous, vectors, high - low)) return false;
    }
  }
  return true;
}

/// Rows [low, high) of the panels [first, last).
void compute(const Product& p, const Operands& at, std::size_t first, std::size_t last, std::size_t low,
             std::size_t high) {
  if (low >= high || first >= last) return;
  if (at.sparse && compute_sparse(p, at, first, last, low, high)) return;
  if (p.direct) {
    compute_direct(p, at, first, last, low, high);
  } else {
    compute_packed(p, at, first, last, low, high);
  }
}

void compute_between(const Product& p, const Operands& at, Place begin, Place end) {
  if (begin.panel == end.panel) {
    compute(p, at, begin.panel, begin.panel + 1, begin.row, end.row);
    return;
  }
  if (begin.row != 0) {
    compute(p, at, begin.panel, begin.panel + 1, begin.row, p.rows);
    ++begin.panel;
  }
  compute(p, at, begin.panel, end.panel, 0, p.rows);
  if (end.row != 0) compute(p, at, end.panel, end.panel + 1, 0, end.row);
}

Operands operands_of(const GemmArguments& g, const Product& p, std::size_t m) {
  const float* a = g.a + m * g.stride_a;
  const float* b = g.b + m * g.stride_b;
  const bool sparse = may_be_sparse(p) && looks_sparse(p, a) && all_finite(p, b);
  return {p.swapped ? b : a, p.swapped ? a : b, g.c + m * g.stride_c, sparse};
}

/// Share `part` of `parts`: a range of the rows of all panels of all models.
[[gnu::noinline]] void compute_share(const GemmArguments& g, std::size_t part, std::size_t parts) {
  const Product p = choose_product(g);
  const std::size_t work = p.vectors * p.rows;  // of one model
  const std::size_t begin = g.models * work * part / parts, end = g.models * work * (part + 1) / parts;
  for (std::size_t m = begin / work; m * work < end; ++m) {
    const Place from = begin <= m * work ? Place{0, 0} : place_of(p, begin - m * work);
    const Place to = end >= (m + 1) * work ? Place{p.panels, 0} : place_of(p, end - m * work);
    compute_between(p, operands_of(g, p, m), from, to);
  }
}

[[gnu::noinline]] void clear(const GemmArguments& g) {
  for (std::size_t m = 0; m < g.models; ++m) {
    for (std::size_t r = 0; r < g.rows; ++r) {
      for (std::size_t c = 0; c < g.cols; ++c) g.c[m * g.stride_c + r * g.ldc + c] = 0.0F;
    }
  }
}

}  // namespace

void gemm(const GemmArguments& g, std::size_t part, std::size_t parts) {
  if (g.models == 0 || g.rows == 0 || g.cols == 0) return;
  if (g.depth == 0) {
    if (part == 0) clear(g);
    return;
  }
  if (is_narrow(g)) {
    narrow_gemm(g, part, parts);
    return;
  }
  // Most products of small nets; p, which no other function sees, stays in registers.
  const Product p = choose_product(g);
  if (parts != 1 || !p.direct || may_be_sparse(p)) return compute_share(g, part, parts);
  for (std::size_t m = 0; m < g.models; ++m) {
    compute_direct(p, {g.a + m * g.stride_a, g.b + m * g.stride_b, g.c + m * g.stride_c, false}, 0, p.panels, 0,
                   p.rows);
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
