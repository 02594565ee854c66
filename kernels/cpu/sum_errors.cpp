// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/column_totals.hpp"
#include "kernels/cpu/ops.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

void sum_errors(const SumErrorsArguments& a, std::size_t part, std::size_t parts) {
  for_each_block(a.models, a.cols, part, parts, [&](std::ptrdiff_t m, std::size_t c, std::size_t count) {
    const float* const y = a.y.data + m * a.y.stride + c;
    const float* const targets = a.targets.data + m * a.targets.stride + c;
    ErrorSum* const sums = a.sums + static_cast<std::size_t>(m) * a.cols + c;
    const auto error = [&](std::size_t r, std::size_t i) {
      const float output = y[r * a.cols + i];
      return (a.sigmoid ? math::logistic(output).value : output) - targets[r * a.cols + i];
    };
    ColumnBlock absolute, squared;
    sum_over_rows(absolute, a.rows, [&](float* chunk, std::size_t r) {
      for (std::size_t i = 0; i < count; ++i) chunk[i] += math::abs(error(r, i));
    });
    sum_over_rows(squared, a.rows, [&](float* chunk, std::size_t r) {
      for (std::size_t i = 0; i < count; ++i) {
        const float e = error(r, i);
        chunk[i] += e * e;
      }
    });
    for (std::size_t i = 0; i < count; ++i) {
      sums[i].absolute += static_cast<double>(absolute[i]);
      sums[i].squared += static_cast<double>(squared[i]);
    }
  });
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
