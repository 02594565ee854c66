// SPDX-License-Identifier: Apache-2.0
#include "src/train/optimizer.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/math/schedule.hpp"

namespace minnow::engine {
namespace {

std::uint32_t to_steps(double epochs, std::uint32_t steps_per_epoch) {
  return static_cast<std::uint32_t>(std::min(std::round(epochs * steps_per_epoch), 4294967295.0));
}

}  // namespace

kernels::StepSchedule step_schedule(const Schedule& schedule, int epochs, std::uint32_t steps_per_epoch) {
  kernels::StepSchedule steps;
  steps.kind = schedule.kind;
  steps.gamma = schedule.gamma;
  steps.minimum = schedule.minimum;
  steps.period = std::max(1u, to_steps(static_cast<double>(schedule.period), steps_per_epoch));
  steps.warmup = to_steps(static_cast<double>(schedule.warmup), steps_per_epoch);
  steps.total = to_steps(epochs, steps_per_epoch);
  return steps;
}

std::vector<kernels::ModelState> model_states(const Training& training, std::uint32_t steps_per_epoch,
                                              std::span<const std::uint64_t> seeds) {
  std::vector<kernels::ModelState> models(seeds.size());
  for (std::size_t m = 0; m < seeds.size(); ++m) {
    models[m].seed = seeds[m];
    models[m].optimizer = training.optimizer;
    models[m].schedule = step_schedule(training.schedule, training.epochs, steps_per_epoch);
  }
  return models;
}

float learning_rate_of(const Training& training, std::uint32_t steps_per_epoch, std::uint32_t step) {
  return math::learning_rate(step_schedule(training.schedule, training.epochs, steps_per_epoch),
                             training.optimizer.learning_rate, step);
}

void apply_optimizer(kernels::Backend& backend, OptimizerKind kind, const ParameterArena& parameters,
                     const kernels::ModelState* models) {
  backend.update(kind, parameters.trained(), parameters.gradients(), parameters.state(), models);
}

}  // namespace minnow::engine
