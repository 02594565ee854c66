// SPDX-License-Identifier: Apache-2.0
/// The engine behind Trainer, evaluate and predict, on any backend.
#pragma once

#include <span>
#include <vector>

#include "kernels/backend.hpp"
#include "minnow/trainer.hpp"
#include "src/train/plateau_rule.hpp"

namespace minnow::engine {

/// Trainer::check, for models that are trained at once.
std::size_t check_fit(const kernels::Backend& backend, const Training& training, std::span<const Model> shoal,
                      const Dataset& train, const Dataset& validation);

/// How far a schedule has come, from fit to fit.
struct ScheduleProgress {
  double epochs = 0;
  std::vector<PlateauRule> plateaus;  ///< one per model; empty before the first fit
};

/// Trainer::fit. The schedule begins where `progress` says, which then says where it ended; without one, at its start.
std::vector<RunResult> fit(kernels::Backend& backend, const Training& training, std::span<Model> shoal,
                           const Dataset& train, const Dataset& validation, const TrainingCallbacks& callbacks,
                           ScheduleProgress* progress = nullptr);

/// minnow::evaluate.
Metrics evaluate(kernels::Backend& backend, const Model& model, const Dataset& data, const Loss& loss);

/// minnow::predict.
std::vector<float> predict(kernels::Backend& backend, const Model& model, const Dataset& data, Head head);

}  // namespace minnow::engine
