// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"
#include "kernels/cpu/softmax_tile.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

void softmax(const SoftmaxArguments& a, std::size_t part, std::size_t parts) {
  SoftmaxTile tile;
  const Range all = share(a.models * a.rows, 1, part, parts);
  for (std::size_t m = 0; m < a.models && a.cols > 0; ++m) {
    const auto model = static_cast<std::ptrdiff_t>(m);
    const float* const logits = a.logits.data + model * a.logits.stride;
    float* const p = a.p.data + model * a.p.stride;
    const Range rows = within_model(all, m, a.rows);
    for (std::size_t r = rows.first; r < rows.last; r += tile_rows) {
      open_tile(tile, logits + r * a.cols, rows.last - r < tile_rows ? rows.last - r : tile_rows, a.cols);
      for_each_chunk(tile, [&] { store_chunk(tile, p + r * a.cols); });
    }
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
