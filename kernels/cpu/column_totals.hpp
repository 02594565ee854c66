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

/// totals = the sums over `rows` rows of what add(chunk, row) adds to the elements of chunk, by the summation rule.
template <class Add>
MINNOW_INLINE void sum_over_rows(ColumnBlock& totals, std::size_t rows, const Add& add) {
  ColumnBlock group, chunk;
  for (std::size_t c = 0; c < column_block; ++c) totals[c] = group[c] = 0;
  for (std::size_t first = 0; first < rows; first += sum_chunk) {
    const std::size_t last = first + sum_chunk < rows ? first + sum_chunk : rows;
    for (std::size_t c = 0; c < column_block; ++c) chunk[c] = 0;
    for (std::size_t r = first; r < last; ++r) add(chunk, r);
    const bool starts_group = first % sum_group == 0, ends_group = last % sum_group == 0 || last == rows;
    for (std::size_t c = 0; c < column_block; ++c) {
      group[c] = starts_group ? chunk[c] : group[c] + chunk[c];
      if (ends_group) totals[c] = last <= sum_group ? group[c] : totals[c] + group[c];
    }
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
