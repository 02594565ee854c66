// SPDX-License-Identifier: Apache-2.0
/// What the loss kernels share: the tally and the index of a row's largest output.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/isa.hpp"
#include "kernels/math/loss.hpp"
#include "kernels/step_state.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

/// The first of equals; 0 if the row starts with NaN.
MINNOW_INLINE std::int32_t index_of_largest(const float* x, std::size_t cols) {
  std::size_t best = 0;
  for (std::size_t c = 1; c < cols; ++c) best = x[c] > x[best] ? c : best;
  return static_cast<std::int32_t>(best);
}

/// Adds what one model's batch contributed; `count` is what its loss will be divided by.
MINNOW_INLINE void add_to(Tally& tally, float loss, std::size_t count, std::size_t rows, std::uint64_t hits,
                          std::uint32_t step) {
  tally.loss += static_cast<double>(loss);
  tally.count += count;
  tally.rows += rows;
  tally.hits += hits;
  if (!math::is_finite(loss) && step < tally.first_bad_step) tally.first_bad_step = step;
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
