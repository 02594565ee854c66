// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "kernels/cpu/gemm.hpp"
#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/share.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

/// Columns whose sums run side by side.
constexpr std::size_t column_block = 64;
using ColumnBlock = float[column_block];

/// f(m, first column, columns) for the blocks of this share.
template <class F>
MINNOW_INLINE void for_each_block(std::size_t models, std::size_t cols, std::size_t part, std::size_t parts,
                                  const F& f) {
  const Range all = share(models * cols, column_block, part, parts);
  for (std::size_t m = 0; m < models; ++m) {
    const Range range = within_model(all, m, cols);
    for (std::size_t c = range.first; c < range.last; c += column_block) {
      f(static_cast<std::ptrdiff_t>(m), c, range.last - c < column_block ? range.last - c : column_block);
    }
  }
}

/// totals = the sums of n terms each by the summation rule, N of them side by side: add(chunk, first, count) adds the
/// terms [first, first + count) of one chunk to the elements of chunk.
template <std::size_t N, class Add>
MINNOW_INLINE void sum_in_chunks(float (&totals)[N], std::size_t n, const Add& add) {
  float group[N], chunk[N];
  for (std::size_t i = 0; i < N; ++i) totals[i] = group[i] = 0;
  for (std::size_t first = 0; first < n; first += sum_chunk) {
    const std::size_t last = first + sum_chunk < n ? first + sum_chunk : n;
    for (std::size_t i = 0; i < N; ++i) chunk[i] = 0;
    add(chunk, first, last - first);
    const bool starts_group = first % sum_group == 0, ends_group = last % sum_group == 0 || last == n;
    for (std::size_t i = 0; i < N; ++i) {
      group[i] = starts_group ? chunk[i] : group[i] + chunk[i];
      if (ends_group) totals[i] = last <= sum_group ? group[i] : totals[i] + group[i];
    }
  }
}

/// totals = the sums over `rows` rows of what add(chunk, row) adds to the elements of chunk, by the summation rule.
template <class Add>
MINNOW_INLINE void sum_over_rows(ColumnBlock& totals, std::size_t rows, const Add& add) {
  // Inlined late, it would cost batch_norm_backward more instructions per row (g++ 12, avx2).
  const auto add_rows = [&](float* chunk, std::size_t first, std::size_t count) __attribute__((always_inline)) {
    for (std::size_t r = first; r < first + count; ++r) add(chunk, r);
  };
  sum_in_chunks(totals, rows, add_rows);
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
