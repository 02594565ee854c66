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

/// One entry per model: the same rule and rates, each its own seed. Biases start at parameter `first_bias`.
std::vector<kernels::ModelState> model_states(const Training& training, std::uint32_t steps_per_epoch,
                                              std::span<const std::uint64_t> seeds, std::int64_t first_bias);

/// Clips by norm where the optimizer asks for it, and updates: in each case one op for all layers of all models.
void apply_optimizer(kernels::Backend& backend, const Optimizer& optimizer, const ParameterArena& parameters,
                     kernels::ModelState* models);

}  // namespace minnow::engine
