// SPDX-License-Identifier: Apache-2.0
/// The engine behind Trainer, evaluate and predict, on any backend.
#pragma once

#include <span>
#include <vector>

#include "kernels/backend.hpp"
#include "minnow/trainer.hpp"

namespace minnow::engine {

/// Trainer::check, for models that are trained at once.
std::size_t check_fit(const kernels::Backend& backend, const Training& training, std::span<const Model> shoal,
                      const Dataset& train, const Dataset& validation);

/// Trainer::fit.
std::vector<RunResult> fit(kernels::Backend& backend, const Training& training, std::span<Model> shoal,
                           const Dataset& train, const Dataset& validation, const TrainingCallbacks& callbacks);

/// minnow::evaluate.
Metrics evaluate(kernels::Backend& backend, const Model& model, const Dataset& data, const Loss& loss);

/// minnow::predict.
std::vector<float> predict(kernels::Backend& backend, const Model& model, const Dataset& data, Head head);

}  // namespace minnow::engine
