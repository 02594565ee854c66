// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"
#include "kernels/cpu/tally.hpp"
#include "kernels/math/loss.hpp"
#include "kernels/math/summation.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

namespace {

using math::MeanSquaredError;

void mse_of_model(const MseArguments& a, std::size_t m) {
  const auto model = static_cast<std::ptrdiff_t>(m);
  const float* const y = a.y.data + model * a.y.stride;
  const float* const targets = a.targets.data + model * a.targets.stride;
  const auto elements = static_cast<std::int64_t>(a.rows * a.cols);
  math::ChunkedSum<float> loss;
  std::uint64_t hits = 0;
  for (std::size_t r = 0; r < a.rows; ++r) {
    math::ChunkedSum<float> row;
    for (std::size_t i = r * a.cols; i < (r + 1) * a.cols; ++i) row.add(MeanSquaredError::loss(y[i], targets[i]));
    loss.add(row.result());
    if (a.labels.data == nullptr || a.cols == 0) continue;
    const std::int32_t label = a.labels.data[model * a.labels.stride + static_cast<std::ptrdiff_t>(r)];
    hits += index_of_largest(y + r * a.cols, a.cols) == label;
  }
  if (a.dy.data != nullptr) {
    float* const dy = a.dy.data + model * a.dy.stride;
    const float scale = MeanSquaredError::slope_scale<float>(elements);
#pragma GCC ivdep
    for (std::int64_t i = 0; i < elements; ++i) dy[i] = MeanSquaredError::slope(y[i], targets[i], scale);
  }
  add_to(a.tally[m], loss.result(), a.rows * a.cols, a.rows, hits, a.step);
}

}  // namespace

void mse(const MseArguments& a, std::size_t part, std::size_t parts) {
  const Range models = share(a.models, 1, part, parts);
  for (std::size_t m = models.first; m < models.last; ++m) mse_of_model(a, m);
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
