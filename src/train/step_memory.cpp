// SPDX-License-Identifier: Apache-2.0
#include "src/train/step_memory.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/math/schedule.hpp"
#include "src/train/cache_lines.hpp"
#include "src/train/optimizer.hpp"

namespace minnow::engine {

using kernels::ModelState;
using kernels::StepState;

std::size_t StepMemory::bytes(int models) {
  const auto count = static_cast<std::size_t>(models);
  return cache_lines(sizeof(StepState)) + count * sizeof(ModelState);
}

StepMemory::StepMemory(kernels::Backend& backend, std::span<const ModelState> models,
                       std::vector<std::vector<std::uint32_t>> milestones)
    : backend_(backend), models_(models.begin(), models.end()), milestones_(std::move(milestones)) {
  memory_ = backend.allocate(bytes(this->models()));
  char* base = memory_.as<char>();
  counters_.step = reinterpret_cast<StepState*>(base);
  counters_.models = reinterpret_cast<ModelState*>(base + cache_lines(sizeof(StepState)));
  set_position(0, 0);
}

void StepMemory::start_schedules(double epochs) {
  for (ModelState& model : models_) {
    model.schedule.offset =
        static_cast<std::uint32_t>(std::min(std::round(epochs * model.schedule.epoch), 4294967295.0));
  }
}

void StepMemory::set_factor(int m, float factor) {
  models_[static_cast<std::size_t>(m)].schedule.factor = factor;
}

void StepMemory::set_position(std::uint32_t step, std::uint32_t cursor) {
  const StepState state{step, cursor};
  backend_.upload(counters_.step, &state, sizeof(state));
  for (std::size_t m = 0; m < milestones_.size(); ++m) set_milestones(models_[m].schedule, milestones_[m], step);
  for (ModelState& model : models_) math::prepare(model, step);
  backend_.upload(counters_.models, models_.data(), models_.size() * sizeof(ModelState));
}

}  // namespace minnow::engine
