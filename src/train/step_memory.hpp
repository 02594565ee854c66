// SPDX-License-Identifier: Apache-2.0
/// What changes from step to step, in device memory: a recorded step reads it there.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/backend.hpp"
#include "src/model/layers.hpp"

namespace minnow::engine {

class StepMemory {
 public:
  /// `models` as they stand before step 0, their rates not yet prepared; all milestones of each, if any has some.
  StepMemory(kernels::Backend& backend, std::span<const kernels::ModelState> models,
             std::vector<std::vector<std::uint32_t>> milestones = {});
  /// Bytes that the constructor allocates.
  static std::size_t bytes(int models);

  StepCounters counters() const { return counters_; }
  int models() const { return static_cast<int>(models_.size()); }
  /// Model m as of the last set_position.
  const kernels::ModelState& model(int m) const { return models_[static_cast<std::size_t>(m)]; }
  /// All schedules begin `epochs` epochs after their start. From the next set_position on, as below.
  void start_schedules(double epochs);
  /// Model m's StepSchedule::factor.
  void set_factor(int m, float factor);
  /// The next step is `step`, its first row stands at `cursor` of the epoch's order. At least once in an epoch, which
  /// the milestones that a model holds on the device go around.
  void set_position(std::uint32_t step, std::uint32_t cursor);

 private:
  kernels::Backend& backend_;
  std::vector<kernels::ModelState> models_;
  std::vector<std::vector<std::uint32_t>> milestones_;
  kernels::Memory memory_;
  StepCounters counters_;
};

}  // namespace minnow::engine
