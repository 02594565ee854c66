// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/backend.hpp"
#include "minnow/config.hpp"
#include "src/model/parameter_arena.hpp"

namespace minnow::engine {

/// A schedule's lengths in steps.
kernels::StepSchedule step_schedule(const Schedule& schedule, int epochs, std::uint32_t steps_per_epoch);

/// One entry per model: the same rule and rates, each its own seed.
std::vector<kernels::ModelState> model_states(const Training& training, std::uint32_t steps_per_epoch,
                                              std::span<const std::uint64_t> seeds);

/// The learning rate of step `step` (from 0), with the bits that the device computes.
float learning_rate_of(const Training& training, std::uint32_t steps_per_epoch, std::uint32_t step);

/// One launch for all layers of all models.
void apply_optimizer(kernels::Backend& backend, OptimizerKind kind, const ParameterArena& parameters,
                     const kernels::ModelState* models);

}  // namespace minnow::engine
