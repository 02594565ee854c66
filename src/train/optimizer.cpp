// SPDX-License-Identifier: Apache-2.0
#include "src/train/optimizer.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/math/schedule.hpp"
#include "kernels/math/update_rule.hpp"
#include "src/train/hyperparameters.hpp"

namespace minnow::engine {
namespace {

std::uint32_t to_steps(double epochs, std::uint32_t steps_per_epoch) {
  return static_cast<std::uint32_t>(std::min(std::round(epochs * steps_per_epoch), 4294967295.0));
}

}  // namespace

kernels::StepSchedule step_schedule(const Schedule& schedule, std::uint32_t total_steps,
                                    std::uint32_t steps_per_epoch) {
  const auto steps_of = [&](float length) { return to_steps(static_cast<double>(length), steps_per_epoch); };
  kernels::StepSchedule steps;
  steps.kind = schedule.kind;
  steps.gamma = schedule.gamma;
  steps.minimum = schedule.minimum;
  steps.period = static_cast<double>(schedule.period) * steps_per_epoch;
  steps.warmup = steps_of(schedule.warmup);
  steps.total = schedule.length > 0 ? steps.warmup + steps_of(schedule.length) : total_steps;
  steps.hold = schedule.interval == Interval::epoch;
  steps.annealing = schedule.annealing;
  steps.epoch = steps_per_epoch;
  steps.factor = reads(schedule.kind, ScheduleField::factor) ? schedule.factor : 1;
  steps.start_factor = schedule.start_factor;
  steps.end_factor = schedule.end_factor;
  steps.power = schedule.power;
  steps.amount = schedule.amount;
  steps.pct_start = schedule.pct_start;
  steps.div_factor = schedule.div_factor;
  steps.final_div_factor = schedule.final_div_factor;
  steps.period_multiplier = static_cast<std::uint32_t>(schedule.period_multiplier);
  set_milestones(steps, milestone_steps(schedule, steps_per_epoch), 0);
  return steps;
}

std::vector<std::uint32_t> milestone_steps(const Schedule& schedule, std::uint32_t steps_per_epoch) {
  std::vector<std::uint32_t> steps;
  for (const int epoch : schedule.milestones) steps.push_back(to_steps(epoch, steps_per_epoch));
  return steps;
}

std::vector<std::vector<std::uint32_t>> milestone_steps(const Training& training, int models,
                                                        std::uint32_t steps_per_epoch) {
  std::vector<std::vector<std::uint32_t>> all;
  for (int m = 0; m < models; ++m) {
    all.push_back(milestone_steps(hyperparameters(training, static_cast<std::size_t>(m)).schedule, steps_per_epoch));
  }
  return all;
}

void set_milestones(kernels::StepSchedule& schedule, std::span<const std::uint32_t> milestones, std::uint32_t step) {
  const std::uint64_t at = std::uint64_t{schedule.offset} + step;
  const std::uint64_t since = at > schedule.warmup ? at - schedule.warmup : 0;
  const auto next = std::ranges::upper_bound(milestones, since);
  const auto passed = static_cast<std::size_t>(next - milestones.begin());
  const std::span<const std::uint32_t> coming =
      milestones.subspan(passed, std::min<std::size_t>(milestones.size() - passed, kernels::milestone_window));
  schedule.passed_milestones = static_cast<std::uint32_t>(passed);
  schedule.milestone_count = static_cast<std::uint32_t>(coming.size());
  std::ranges::copy(coming, schedule.milestones);
}

std::vector<kernels::ModelState> model_states(const Training& training, std::uint32_t total_steps,
                                              std::uint32_t steps_per_epoch, std::span<const std::uint64_t> seeds,
                                              std::int64_t first_bias) {
  std::vector<kernels::ModelState> models(seeds.size());
  for (std::size_t m = 0; m < seeds.size(); ++m) {
    const Hyperparameters own = hyperparameters(training, m);
    models[m].seed = seeds[m];
    if (!own.optimizer.decay_biases) models[m].decayed = first_bias;
    models[m].optimizer = own.optimizer;
    models[m].schedule = step_schedule(own.schedule, total_steps, steps_per_epoch);
  }
  return models;
}

OptimizerStep optimizer_step(const Training& training) {
  OptimizerStep step;
  for (const auto& [optimizer, schedule, stopping] : all_hyperparameters(training)) {
    step.kind = optimizer.kind;
    step.slots = std::max(step.slots, math::state_slots(optimizer));
    step.clip_norm = step.clip_norm || optimizer.clip_norm > 0;
  }
  return step;
}

void apply_optimizer(kernels::Backend& backend, const OptimizerStep& step, const ParameterArena& parameters,
                     kernels::ModelState* models) {
  if (step.clip_norm) backend.clip_norm(parameters.chunk_sums(), parameters.gradients(), models);
  backend.update(step.kind, parameters.trained(), parameters.gradients(), parameters.state(), models);
}

}  // namespace minnow::engine
