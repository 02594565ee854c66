// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/backend.hpp"
#include "minnow/config.hpp"
#include "src/model/parameter_arena.hpp"

namespace minnow::engine {

/// A schedule's lengths in steps, in a run of `total_steps`, with the milestones that come first.
kernels::StepSchedule step_schedule(const Schedule& schedule, std::uint32_t total_steps, std::uint32_t steps_per_epoch);

/// The milestones in steps, as many as there are.
std::vector<std::uint32_t> milestone_steps(const Schedule& schedule, std::uint32_t steps_per_epoch);
/// Of each model.
std::vector<std::vector<std::uint32_t>> milestone_steps(const Training& training, int models,
                                                        std::uint32_t steps_per_epoch);
/// Gives `schedule` those of `milestones` that come next at step `step` of the run.
void set_milestones(kernels::StepSchedule& schedule, std::span<const std::uint32_t> milestones, std::uint32_t step);

/// One entry per model: its own seed and hyperparameters. Biases start at parameter `first_bias`.
std::vector<kernels::ModelState> model_states(const Training& training, std::uint32_t total_steps,
                                              std::uint32_t steps_per_epoch, std::span<const std::uint64_t> seeds,
                                              std::int64_t first_bias);

/// What one op for all models must know of their optimizers.
struct OptimizerStep {
  OptimizerKind kind = OptimizerKind::sgd;
  int slots = 0;           ///< the most that a model needs
  bool clip_norm = false;  ///< some model asks for it
};
OptimizerStep optimizer_step(const Training& training);
/// Clips by norm where that is asked for, and updates: in each case one op for all layers of all models.
void apply_optimizer(kernels::Backend& backend, const OptimizerStep& step, const ParameterArena& parameters,
                     kernels::ModelState* models);

}  // namespace minnow::engine
