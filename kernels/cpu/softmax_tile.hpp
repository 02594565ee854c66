// SPDX-License-Identifier: Apache-2.0
/// Softmax of a vector of rows at once: lane r of every vector belongs to row r. Few classes would leave most of a
/// vector empty, and a row's sum, which has one order, is one chain: here the rows' chains run side by side. Where a
/// loop over the lanes says `unroll 1`, g++ would unroll it before it looks for vectors.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/gemm.hpp"
#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/transpose.hpp"
#include "kernels/math/loss.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

constexpr std::size_t tile_rows = lanes;

/// Up to tile_rows rows of logits, and a chunk of their classes. Lanes without a row compute what nobody reads.
struct SoftmaxTile {
  const float* logits = nullptr;
  std::size_t rows = 0, cols = 0;
  std::size_t first = 0, width = 0;  ///< the chunk: classes [first, first + width)
  alignas(64) float largest[tile_rows] = {};
  alignas(64) std::int32_t best[tile_rows] = {};  ///< index of the largest, the first of equals
  alignas(64) float sum[tile_rows] = {};
  alignas(64) float values[sum_chunk][tile_rows];  ///< [class - first][row]: logits, then weights, then probabilities
};

/// values = the logits of the chunk that starts at class `first`.
MINNOW_INLINE void load_chunk(SoftmaxTile& t, std::size_t first) {
  t.first = first;
  t.width = t.cols - first < sum_chunk ? t.cols - first : sum_chunk;
  transpose_packed(t.logits + first, t.cols, t.rows, t.width, t.values[0], tile_rows);
}

/// rows[r][first + j] = values[j][r].
MINNOW_INLINE void store_chunk(const SoftmaxTile& t, float* rows) {
  transpose_buffer(t.values[0], tile_rows, t.width, t.rows, rows + t.first, t.cols);
}

MINNOW_INLINE void find_largest(SoftmaxTile& t) {
  for (std::size_t first = 0; first < t.cols; first += sum_chunk) {
    load_chunk(t, first);
    if (first == 0) {
      for (std::size_t r = 0; r < lanes; ++r) {
        t.largest[r] = t.values[0][r];
        t.best[r] = 0;
      }
    }
    for (std::size_t j = 0; j < t.width; ++j) {
      const auto index = static_cast<std::int32_t>(first + j);
#pragma GCC unroll 1
      for (std::size_t r = 0; r < lanes; ++r) {
        const bool larger = t.values[j][r] > t.largest[r];
        t.largest[r] = larger ? t.values[j][r] : t.largest[r];
        t.best[r] = larger ? index : t.best[r];
      }
    }
  }
}

MINNOW_INLINE void weigh(SoftmaxTile& t) {
  for (std::size_t j = 0; j < t.width; ++j) {
    for (std::size_t r = 0; r < lanes; ++r) t.values[j][r] = math::softmax_weight(t.values[j][r], t.largest[r]);
  }
}

/// Finds largest and sum of each row. The tile then holds the weights of the last chunk, which may be the only one.
MINNOW_INLINE void open_tile(SoftmaxTile& t, const float* logits, std::size_t rows, std::size_t cols) {
  t.logits = logits;
  t.rows = rows;
  t.cols = cols;
  find_largest(t);
  Vec group = zero(), total = zero();
  for (std::size_t first = 0; first < cols; first += sum_chunk) {
    if (cols > sum_chunk) load_chunk(t, first);
    weigh(t);
    Vec chunk = zero();
    for (std::size_t j = 0; j < t.width; ++j) chunk = add(chunk, load(t.values[j]));
    const std::size_t last = first + t.width;
    group = first % sum_group == 0 ? chunk : add(group, chunk);
    if (last % sum_group == 0 || last == cols) total = last <= sum_group ? group : add(total, group);
  }
  store(t.sum, total);
}

/// Calls f() with the tile holding the probabilities of each chunk in turn.
template <class F>
MINNOW_INLINE void for_each_chunk(SoftmaxTile& t, const F& f) {
  for (std::size_t first = 0; first < t.cols; first += sum_chunk) {
    if (t.cols > sum_chunk) {
      load_chunk(t, first);
      weigh(t);
    }
    for (std::size_t j = 0; j < t.width; ++j) {
      for (std::size_t r = 0; r < lanes; ++r) t.values[j][r] = math::softmax_probability(t.values[j][r], t.sum[r]);
    }
    f();
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
