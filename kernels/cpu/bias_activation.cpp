// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"
#include "kernels/math/activation.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

namespace {

/// Scalars that are biased and then activated while they are in the first-level cache. Two passes, because the
/// formula's loop then runs over whole rows at once: few columns would leave most of each vector empty.
constexpr std::size_t block_scalars = 4096;

/// Few columns: z as one sequence of vectors, beside a bias that is repeated so that a vector may start at any column.
void add_narrow_bias(float* z, const float* bias, std::size_t rows, std::size_t cols) {
  alignas(64) float repeated[2 * lanes];
  for (std::size_t i = 0; i < cols + lanes; ++i) repeated[i] = i < cols ? bias[i] : repeated[i - cols];
  const std::size_t scalars = rows * cols, step = lanes % cols;
  std::size_t i = 0, col = 0;
  for (; i + lanes <= scalars; i += lanes) {
    store(z + i, add(load(z + i), load(repeated + col)));
    col += step;
    if (col >= cols) col -= cols;
  }
  const Mask rest = first_lanes(scalars - i);
  store(z + i, add(load(z + i, rest), load(repeated + col)), rest);
}

void add_bias(float* z, const float* bias, std::size_t rows, std::size_t cols) {
  if (lanes > 1 && cols < lanes) {
    add_narrow_bias(z, bias, rows, cols);
    return;
  }
  for (std::size_t r = 0; r < rows; ++r) {
    float* const row = z + r * cols;
#pragma GCC ivdep
    for (std::size_t c = 0; c < cols; ++c) row[c] = row[c] + bias[c];
  }
}

void activate_rows(const BiasActivationArguments& a, std::size_t m, Range rows) {
  const auto model = static_cast<std::ptrdiff_t>(m);
  float* const y = a.y.data + model * a.y.stride;
  float* const z = a.z.data + model * a.z.stride;
  const float* const bias = a.bias.data == nullptr ? nullptr : a.bias.data + model * a.bias.stride;
  const std::size_t block_rows = a.cols < block_scalars ? block_scalars / a.cols : 1;
  math::visit_elementwise(a.activation, [&](const auto formula) {
    for (std::size_t r = rows.first; r < rows.last; r += block_rows) {
      const std::size_t count = rows.last - r < block_rows ? rows.last - r : block_rows;
      if (bias != nullptr) add_bias(z + r * a.cols, bias, count, a.cols);
      const float* const from = z + r * a.cols;
      float* const to = y + r * a.cols;
      const std::size_t scalars = count * a.cols;
#pragma GCC ivdep
      for (std::size_t i = 0; i < scalars; ++i) to[i] = formula.template forward<float>(from[i]);
    }
  });
}

}  // namespace

void bias_activation(const BiasActivationArguments& a, std::size_t part, std::size_t parts) {
  if (a.cols == 0) return;
  const Range all = share(a.models * a.rows, 1, part, parts);
  for (std::size_t m = 0; m < a.models; ++m) {
    const Range rows = within_model(all, m, a.rows);
    if (rows.first < rows.last) activate_rows(a, m, rows);
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
