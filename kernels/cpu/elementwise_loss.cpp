// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"
#include "kernels/cpu/tally.hpp"
#include "kernels/math/loss.hpp"
#include "kernels/math/prediction.hpp"
#include "kernels/math/summation.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

namespace {

/// Rows whose losses are computed before they are summed: formulas fill vectors, chains do not.
constexpr std::size_t buffered = 512;

/// The losses of one model's rows, summed by the rule.
template <class Formula>
MINNOW_INLINE float loss_sum(const Formula& formula, const ElementwiseLossArguments& a, const float* y,
                             const float* targets, const RowWeights& weights) {
  alignas(64) float losses[buffered];
  math::ChunkedSum<float> sum, row;
  std::size_t r = 0, col = 0;
  const std::size_t elements = a.rows * a.cols;
  for (std::size_t first = 0; first < elements; first += buffered) {
    const std::size_t count = elements - first < buffered ? elements - first : buffered;
#pragma GCC ivdep
    for (std::size_t i = 0; i < count; ++i) losses[i] = formula.loss(y[first + i], targets[first + i]);
    for (std::size_t i = 0; i < count; ++i) {
      row.add(losses[i]);
      if (++col < a.cols) continue;
      sum.add(weights[r++] * row.result());
      row = {};
      col = 0;
    }
  }
  return sum.result();
}

template <class Formula>
MINNOW_INLINE std::uint64_t count_hits(const ElementwiseLossArguments& a, const float* y, const std::int32_t* labels) {
  std::uint64_t hits = 0;
  for (std::size_t r = 0; r < a.rows && a.cols > 0; ++r) {
    hits += math::predicted_class(y + r * a.cols, static_cast<int>(a.cols), Formula::boundary) == labels[r];
  }
  return hits;
}

template <class Formula>
MINNOW_INLINE void loss_of_model(const Formula& formula, const ElementwiseLossArguments& a, std::size_t m) {
  const auto model = static_cast<std::ptrdiff_t>(m);
  const float* const y = a.y.data + model * a.y.stride;
  const float* const targets = a.targets.data + model * a.targets.stride;
  const RowWeights weights(a.weights, m);
  const float total = total_weight(a.rows, !weights.given(), [&](std::size_t r) { return weights[r]; });
  const float loss = loss_sum(formula, a, y, targets, weights);
  const std::uint64_t hits =
      a.labels.data == nullptr ? 0 : count_hits<Formula>(a, y, a.labels.data + model * a.labels.stride);
  if (a.dy.data != nullptr) {
    float* const dy = a.dy.data + model * a.dy.stride;
    const std::size_t elements = a.rows * a.cols, stretch = weights.given() ? a.cols : elements;  // of one weight
    for (std::size_t first = 0, r = 0; first < elements; first += stretch, ++r) {
      const float factor = math::mean_factor(weights[r], total * static_cast<float>(a.cols));
#pragma GCC ivdep
      for (std::size_t i = first; i < first + stretch; ++i) dy[i] = formula.slope(y[i], targets[i]) * factor;
    }
  }
  add_to(a.tally[m], loss, static_cast<double>(total) * static_cast<double>(a.cols), a.rows, hits, a.step);
}

}  // namespace

void elementwise_loss(const ElementwiseLossArguments& a, std::size_t part, std::size_t parts) {
  const Range models = share(a.models, 1, part, parts);
  math::visit_elementwise(a.kind, a.parameter, [&](const auto formula) {
    for (std::size_t m = models.first; m < models.last; ++m) loss_of_model(formula, a, m);
  });
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
