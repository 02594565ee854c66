// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/column_totals.hpp"
#include "kernels/cpu/ops.hpp"
#include "kernels/math/loss.hpp"
#include "kernels/math/prediction.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

void sum_errors(const SumErrorsArguments& a, std::size_t part, std::size_t parts) {
  for_each_block(a.models, a.cols, part, parts, [&](std::ptrdiff_t m, std::size_t c, std::size_t count) {
    const float* const y = a.y.data + m * a.y.stride + c;
    const float* const targets = a.targets.data + m * a.targets.stride + c;
    ErrorSum* const sums = a.sums + static_cast<std::size_t>(m) * a.cols + c;
    const auto sum = [&](ColumnBlock& totals, const auto formula) {
      sum_over_rows(totals, a.rows, [&](float* chunk, std::size_t r) {
        for (std::size_t i = 0; i < count; ++i) {
          const std::size_t at = r * a.cols + i;
          chunk[i] += formula.loss(math::predicted_value(y[at], a.logits), targets[at]);
        }
      });
    };
    ColumnBlock absolute, squared;
    sum(absolute, math::MeanAbsoluteError{});
    sum(squared, math::MeanSquaredError{});
    for (std::size_t i = 0; i < count; ++i) {
      sums[i].absolute += static_cast<double>(absolute[i]);
      sums[i].squared += static_cast<double>(squared[i]);
    }
  });
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
