// SPDX-License-Identifier: Apache-2.0
/// What PyTorch's optimizers make of five parameters (scripts/make_golden.py).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "minnow/config.hpp"

namespace minnow::test {

inline constexpr int golden_parameters = 5;
inline constexpr double golden_start[golden_parameters] = {1, -0.5, 0.25, 0, 3};

struct GoldenOptimizer {
  Optimizer optimizer;
  std::uint32_t steps;
  double parameters[golden_parameters];  ///< after so many steps
};

/// The gradients of scripts/make_golden.py, step from 0.
inline double golden_gradient(int step, int i) {
  return i == 3 && step % 4 != 0 ? 0 : ((step * 37 + i * 11) % 129 - 64) / 64.0;
}

inline const std::vector<GoldenOptimizer>& golden_optimizers() {
  const auto make_rule = [](OptimizerKind kind, auto set) {
    Optimizer optimizer = make_optimizer(kind);
    set(optimizer);
    return optimizer;
  };
  static const std::vector<GoldenOptimizer> rows = {
#include "tests/math/golden_optimizers.inc"
  };
  return rows;
}

inline std::string golden_name(const GoldenOptimizer& row) {
  return to_string(row.optimizer.kind) + ", row " + std::to_string(&row - golden_optimizers().data());
}

/// How far parameters of the given unit roundoff may lie from the golden ones.
inline double golden_bound(const GoldenOptimizer& row, double roundoff) {
  const Optimizer& optimizer = row.optimizer;
  const OptimizerKind kind = optimizer.kind;
  // StepRates are floats, also for double: where a rule reads more of them than the learning rate, each step, about a
  // learning rate long, is off by a few 2^-24 of itself; with momentum, by ten times that.
  const bool adam = kind == OptimizerKind::adam || kind == OptimizerKind::adamw || kind == OptimizerKind::nadam;
  const bool floats = adam || optimizer.clip_norm > 0;
  const double rates = floats ? 32 * 0x1p-24 * static_cast<double>(optimizer.learning_rate) * row.steps : 0;
  // Each step rounds parameters up to 4 and its own terms, a few times.
  return rates + 4 * 4 * roundoff * row.steps;
}

}  // namespace minnow::test
