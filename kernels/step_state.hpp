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

/// Milestones are epochs, so an epoch reaches two at most; the host brings those of the next one.
inline constexpr int milestone_window = 4;

/// A Schedule with its lengths in steps.
struct StepSchedule {
  ScheduleKind kind = ScheduleKind::constant;
  float gamma = 1;
  float minimum = 0;
  double period = 1;  ///< any number above 0: cycles are counted from the start, so that a fraction does not add up
  std::uint32_t warmup = 0;
  std::uint32_t total = 1;  ///< end of a decay, warm-up included
  bool hold = false;        ///< the rate moves between epochs only
  Annealing annealing = Annealing::cosine;
  std::uint32_t epoch = 1;   ///< steps of an epoch
  std::uint32_t offset = 0;  ///< steps of the schedule before step 0 of this run
  float factor = 1;          ///< constant; plateau: all reductions so far, which the host multiplies between epochs
  float start_factor = 1;
  float end_factor = 1;
  float power = 1;
  float amount = 0;
  float pct_start = 0;
  float div_factor = 1;
  float final_div_factor = 1;
  std::uint32_t period_multiplier = 1;
  std::uint32_t passed_milestones = 0;  ///< before the ones below, which an epoch may reach
  std::uint32_t milestone_count = 0;
  std::uint32_t milestones[milestone_window] = {};
};

/// What an update rule reads besides parameters, gradients and state; written by `advance` for the coming step, but for
/// gradient_scale.
struct StepRates {
  float learning_rate = 0;
  float correction1 = 1;       ///< 1 - beta1^t, t = 1 in the first step
  float correction2 = 1;       ///< 1 - beta2^t
  float steps = 0;             ///< optimizer steps before this one: t - 1
  float velocity_share = 1;    ///< sgd: of the gradient; 1 in the first step, then 1 - dampening
  float momentum = 0;          ///< nadam: mu_t
  float next_momentum = 0;     ///< nadam: mu_(t+1)
  float momentum_product = 0;  ///< nadam: mu_1 mu_2 ... mu_t
  float gradient_scale = 1;    ///< clipping by norm; written by `clip_norm`
};

/// One per model.
struct ModelState {
  std::uint64_t seed = 0;
  std::int64_t decayed = std::int64_t{1} << 62;  ///< weight decay reaches the first so many parameters
  Optimizer optimizer = {};
  StepSchedule schedule = {};
  StepRates rates = {};
  double beta1_power = 1;  ///< beta1^t of the coming step
  double beta2_power = 1;
  double momentum_product = 1;  ///< nadam: mu_1 ... mu_t of the coming step
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
