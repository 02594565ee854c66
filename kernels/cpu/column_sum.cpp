// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/gemm.hpp"
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

namespace {

/// Columns that are summed side by side: enough chains to hide the latency of an addition.
constexpr std::size_t vectors = lanes == 1 ? 4 : 8;
constexpr std::size_t block = vectors * lanes;

/// sums[0..count) of `rows` rows of x by the summation rule; `count` <= V * lanes, the last vector masked.
template <std::size_t V>
MINNOW_INLINE void sum_block(float* sums, const float* x, std::size_t rows, std::size_t cols, std::size_t count) {
  const Mask tail = first_lanes(count - (V - 1) * lanes);
  Vec total[V], group[V], chunk[V];
  for (std::size_t v = 0; v < V; ++v) total[v] = group[v] = zero();
  for (std::size_t first = 0; first < rows; first += sum_chunk) {
    const std::size_t last = first + sum_chunk < rows ? first + sum_chunk : rows;
    for (std::size_t v = 0; v < V; ++v) chunk[v] = zero();
    for (std::size_t r = first; r < last; ++r) {
      const float* row = x + r * cols;
      for (std::size_t v = 0; v + 1 < V; ++v) chunk[v] = add(chunk[v], load(row + v * lanes));
      chunk[V - 1] = add(chunk[V - 1], load(row + (V - 1) * lanes, tail));
    }
    // The first chunk of a group and the first group of the total are taken as they are: adding them to +0 would
    // turn a sum of -0 into +0.
    const bool starts_group = first % sum_group == 0, ends_group = last % sum_group == 0 || last == rows;
    for (std::size_t v = 0; v < V; ++v) {
      group[v] = starts_group ? chunk[v] : add(group[v], chunk[v]);
      if (ends_group) total[v] = last <= sum_group ? group[v] : add(total[v], group[v]);
    }
  }
  for (std::size_t v = 0; v + 1 < V; ++v) store(sums + v * lanes, total[v]);
  store(sums + (V - 1) * lanes, total[V - 1], tail);
}

void sum_columns(float* sums, const float* x, std::size_t rows, std::size_t cols, Range range) {
  std::size_t c = range.first;
  for (; c + (vectors - 1) * lanes < range.last; c += block) {
    const std::size_t count = range.last - c < block ? range.last - c : block;
    sum_block<vectors>(sums + c, x + c, rows, cols, count);
  }
  for (; c < range.last; c += lanes) {
    const std::size_t count = range.last - c < lanes ? range.last - c : lanes;
    sum_block<1>(sums + c, x + c, rows, cols, count);
  }
}

}  // namespace

void column_sum(const ColumnSumArguments& a, std::size_t part, std::size_t parts) {
  const Range all = share(a.models * a.cols, block, part, parts);
  for (std::size_t m = 0; m < a.models; ++m) {
    const auto model = static_cast<std::ptrdiff_t>(m);
    const Range range = within_model(all, m, a.cols);
    sum_columns(a.sums.data + model * a.sums.stride, a.x.data + model * a.x.stride, a.rows, a.cols, range);
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
