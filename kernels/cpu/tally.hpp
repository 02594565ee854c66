// SPDX-License-Identifier: Apache-2.0
/// What the loss kernels share: row weights and the tally.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/ops.hpp"
#include "kernels/math/loss.hpp"
#include "kernels/math/summation.hpp"
#include "kernels/step_state.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

/// The weights of one model's rows, 1 each unless given.
class RowWeights {
 public:
  MINNOW_INLINE RowWeights(const ConstMatrix& weights, std::size_t m)
      : values_(weights.data == nullptr ? nullptr : weights.data + static_cast<std::ptrdiff_t>(m) * weights.stride) {}
  MINNOW_INLINE bool given() const { return values_ != nullptr; }
  MINNOW_INLINE float operator[](std::size_t row) const { return given() ? values_[row] : 1.0f; }

 private:
  const float* values_;
};

/// Sum of weight(row); their number where all are 1.
template <class Weight>
MINNOW_INLINE float total_weight(std::size_t rows, bool all_one, const Weight& weight) {
  if (all_one) return static_cast<float>(rows);
  math::ChunkedSum<float> sum;
  for (std::size_t r = 0; r < rows; ++r) sum.add(weight(r));
  return sum.result();
}

/// Adds what one model's batch contributed; `weight` is what its loss will be divided by.
MINNOW_INLINE void add_to(Tally& tally, float loss, double weight, std::size_t rows, std::uint64_t hits,
                          std::uint32_t step) {
  tally.loss += static_cast<double>(loss);
  tally.weight += weight;
  tally.rows += rows;
  tally.hits += hits;
  if (!math::is_finite(loss) && step < tally.first_bad_step) tally.first_bad_step = step;
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
