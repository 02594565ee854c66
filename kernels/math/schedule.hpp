// SPDX-License-Identifier: Apache-2.0
/// The learning rate of a step, and the rates that the update rules read. Pure functions of the step counter, so a
/// step can be repeated, skipped or resumed without drift.
#pragma once

#include <cstdint>

#include "kernels/math/elementary.hpp"
#include "kernels/step_state.hpp"

namespace minnow::math {

using kernels::ModelState;
using kernels::StepSchedule;

/// x^n by repeated squaring: the same products everywhere.
MINNOW_HD double power(double x, std::uint32_t n) {
  double result = 1;
  for (; n != 0; n >>= 1, x = x * x) {
    if ((n & 1u) != 0) result = result * x;
  }
  return result;
}

/// The learning rate of step `step` (0 for the first). Warm-up ends with the full rate in its last step; the schedule
/// starts after it. step: base * gamma^(steps / period). cosine (Loshchilov, Hutter, ICLR 2017): from base to minimum.
MINNOW_HD float learning_rate(const StepSchedule& schedule, float base, std::uint32_t step) {
  if (step < schedule.warmup) {
    return base * (static_cast<float>(step + 1u) / static_cast<float>(schedule.warmup));
  }
  const std::uint32_t since = step - schedule.warmup;
  if (schedule.kind == ScheduleKind::step) {
    const std::uint32_t period = schedule.period != 0 ? schedule.period : 1u;
    return base * static_cast<float>(power(static_cast<double>(schedule.gamma), since / period));
  }
  if (schedule.kind == ScheduleKind::cosine) {
    const std::uint32_t length = schedule.total > schedule.warmup ? schedule.total - schedule.warmup : 1u;
    const std::uint32_t place = since < length ? since : length;
    // (1 + cos(pi x)) / 2 = cos(pi x / 2)^2, without its cancellation near the end.
    const float half = cospi(0.5f * (static_cast<float>(place) / static_cast<float>(length)));
    return fma(base - schedule.minimum, half * half, schedule.minimum);
  }
  return base;
}

/// Fills `rates` (and the powers of beta) for step `step`: 0 before the first one.
MINNOW_HD void prepare(ModelState& model, std::uint32_t step) {
  model.beta1_power = power(static_cast<double>(model.optimizer.beta1), step + 1u);
  model.beta2_power = power(static_cast<double>(model.optimizer.beta2), step + 1u);
  model.rates.learning_rate = learning_rate(model.schedule, model.optimizer.learning_rate, step);
  model.rates.correction1 = static_cast<float>(1.0 - model.beta1_power);
  model.rates.correction2 = static_cast<float>(1.0 - model.beta2_power);
}

}  // namespace minnow::math
