// SPDX-License-Identifier: Apache-2.0
/// Everything that changes from step to step lives in device memory, so that a recorded step can be replayed: these
/// plain structs have the same layout on host and device, in every backend.
#pragma once

#include <cstdint>

#include "minnow/config.hpp"

namespace minnow::kernels {

/// One per run.
struct StepState {
  std::uint32_t step = 0;    ///< optimizer steps taken: Philox counter and schedule argument
  std::uint32_t cursor = 0;  ///< position in the epoch's order of the batch's first row
};

/// A Schedule with its lengths in steps.
struct StepSchedule {
  ScheduleKind kind = ScheduleKind::constant;
  float gamma = 1;
  float minimum = 0;
  std::uint32_t period = 1;
  std::uint32_t warmup = 0;
  std::uint32_t total = 1;
};

/// What an update rule reads besides parameters, gradients and state; written by `advance` for the coming step.
struct StepRates {
  float learning_rate = 0;
  float correction1 = 1;  ///< 1 - beta1^t, t = 1 in the first step
  float correction2 = 1;  ///< 1 - beta2^t
};

/// One per model.
struct ModelState {
  std::uint64_t seed = 0;
  Optimizer optimizer = {};
  StepSchedule schedule = {};
  StepRates rates = {};
  double beta1_power = 1;  ///< beta1^t of the coming step
  double beta2_power = 1;
};

/// Sums and counts since the last reset, one per model; never averages.
struct Tally {
  static constexpr std::uint32_t no_step = 0xffffffffu;
  double loss = 0;                         ///< weighted sum over rows (cross-entropy) or over all elements
  double weight = 0;                       ///< sum of the weights, which `loss` is divided by
  std::uint64_t rows = 0;                  ///< samples seen
  std::uint64_t hits = 0;                  ///< rows whose largest output stands at the label
  std::uint32_t first_bad_step = no_step;  ///< first step whose loss was NaN or infinite
  std::uint32_t reserved = 0;
};

/// Dropout of one layer, per model: an element survives if its random integer is below `threshold`.
struct DropoutRate {
  std::uint32_t threshold = 0xffffffffu;
  float scale = 1;  ///< 1 / (1 - rate)
};

}  // namespace minnow::kernels
