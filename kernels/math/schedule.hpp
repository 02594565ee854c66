// SPDX-License-Identifier: Apache-2.0
/// The learning rate of a step, and the rates that the update rules read. Pure functions of the step counter, so a
/// step can be repeated, skipped or resumed without drift. docs/schedules.md shows the formulas.
#pragma once

#include <cstdint>

#include "kernels/math/elementary.hpp"
#include "kernels/step_state.hpp"

namespace minnow::math {

using kernels::ModelState;
using kernels::StepRates;
using kernels::StepSchedule;

/// x^n by repeated squaring: the same products everywhere.
MINNOW_HD double power(double x, std::uint32_t n) {
  double result = 1;
  for (; n != 0; n >>= 1, x = x * x) {
    if ((n & 1u) != 0) result = result * x;
  }
  return result;
}

/// x^p for x >= 0 and 0 <= p < 2^32: the whole part of p by squaring, the rest as e^(rest log x) in float.
MINNOW_HD double real_power(double x, double p) {
  const auto whole = static_cast<std::uint32_t>(p);
  const float rest = static_cast<float>(p - static_cast<double>(whole));
  if (x == 0 || rest == 0) return p > 0 ? power(x, whole) * (rest == 0 ? 1 : 0) : 1;
  return power(x, whole) * static_cast<double>(exp(rest * log(static_cast<float>(x))));
}

namespace detail {

/// From `from` to `to` along half a cosine wave, fraction in [0, 1]. (1 + cos(pi x)) / 2 = cos(pi x / 2)^2, without its
/// cancellation near the end.
MINNOW_HD float cosine_between(float from, float to, float fraction) {
  const float half = cospi(0.5f * fraction);
  return fma(from - to, half * half, to);
}

MINNOW_HD float fraction_of(std::uint32_t place, std::uint32_t length) {
  return static_cast<float>(place) / static_cast<float>(length);
}

MINNOW_HD std::uint32_t passed_milestones(const StepSchedule& schedule, std::uint32_t since) {
  std::uint32_t passed = 0;
  while (passed < schedule.milestone_count && schedule.milestones[passed] <= since) ++passed;
  return passed;
}

/// Whole periods in `since` steps. A period is given as a float of epochs, so the one that is meant may be shorter by
/// 2^-24 of it: what is that near to the end of a period has reached it.
MINNOW_HD std::uint32_t whole_periods(double since, double period) {
  const double periods = since / period * (1 + 0x1p-23);
  return periods < 4294967295.0 ? static_cast<std::uint32_t>(periods) : 0xffffffffu;
}

/// Loshchilov, Hutter (ICLR 2017): the cycles last T_0, T_0 T_mult, T_0 T_mult^2, ...
MINNOW_HD float cosine_restarts(const StepSchedule& schedule, float base, std::uint32_t since) {
  double period = schedule.period, place = since;
  if (schedule.period_multiplier > 1) {
    for (; whole_periods(place, period) > 0; period *= schedule.period_multiplier) place -= period;
  } else {
    place -= whole_periods(place, period) * period;
  }
  const double share = place / period;
  return cosine_between(base, schedule.minimum, share > 0 ? min(1.0f, static_cast<float>(share)) : 0.0f);
}

/// Smith, Topin (2018), as torch.optim.lr_scheduler.OneCycleLR in two phases; `base` is the peak.
MINNOW_HD float one_cycle(const StepSchedule& schedule, float base, std::uint32_t place, std::uint32_t length) {
  const float first = base / schedule.div_factor, last = first / schedule.final_div_factor;
  const double peak = static_cast<double>(schedule.pct_start) * length - 1, end = static_cast<double>(length) - 1;
  const double at = place < length ? static_cast<double>(place) : end;
  const bool rises = peak > 0 && at <= peak;
  const float from = rises ? first : base, to = rises ? base : last;
  const double span = rises ? peak : end - peak, walked = rises ? at : at - peak;
  if (schedule.annealing == Annealing::cosine) {
    return cosine_between(from, to, span > 0 ? static_cast<float>(walked / span) : 1.0f);
  }
  return fma(from - to, span > 0 ? static_cast<float>((span - walked) / span) : 0.0f, to);
}

/// `since` steps after the warm-up.
MINNOW_HD float scheduled_rate(const StepSchedule& schedule, float base, std::uint32_t since) {
  const std::uint32_t length = schedule.total > schedule.warmup ? schedule.total - schedule.warmup : 1u;
  const std::uint32_t place = since < length ? since : length;
  switch (schedule.kind) {
    case ScheduleKind::constant:
      return since < length ? base * schedule.factor : base;
    case ScheduleKind::step:
      return base *
             static_cast<float>(power(static_cast<double>(schedule.gamma), whole_periods(since, schedule.period)));
    case ScheduleKind::multi_step:
      return base * static_cast<float>(power(static_cast<double>(schedule.gamma), passed_milestones(schedule, since)));
    case ScheduleKind::linear:
      return base * fma(schedule.end_factor - schedule.start_factor, fraction_of(place, length), schedule.start_factor);
    case ScheduleKind::exponential:
      return base * static_cast<float>(real_power(static_cast<double>(schedule.gamma),
                                                  static_cast<double>(since) / static_cast<double>(schedule.epoch)));
    case ScheduleKind::polynomial: {
      const double left = static_cast<double>(length - place) / static_cast<double>(length);
      const auto share = static_cast<float>(real_power(left, static_cast<double>(schedule.power)));
      return fma(base - schedule.minimum, share, schedule.minimum);
    }
    case ScheduleKind::cosine:
      return cosine_between(base, schedule.minimum, fraction_of(place, length));
    case ScheduleKind::cosine_restarts:
      return cosine_restarts(schedule, base, since);
    case ScheduleKind::one_cycle:
      return one_cycle(schedule, base, place, length);
    case ScheduleKind::subtractive_step:
      return max(schedule.minimum, fma(-schedule.amount, static_cast<float>(passed_milestones(schedule, since)), base));
    case ScheduleKind::plateau:
      return max(schedule.minimum, base * schedule.factor);
  }
  return base;
}

/// Dozat's mu_t, t from 1: beta1 (1 - 0.96^(t momentum_decay) / 2).
MINNOW_HD double nadam_momentum(const Optimizer& optimizer, std::uint32_t t) {
  constexpr double log_of_096 = -0.040821994520255166;
  const double exponent = static_cast<double>(t) * static_cast<double>(optimizer.momentum_decay) * log_of_096;
  const auto share = static_cast<double>(exp(static_cast<float>(exponent)));
  return static_cast<double>(optimizer.beta1) * (1.0 - 0.5 * share);
}

/// 0 once 1 - product is 1.
MINNOW_HD double times_momentum(double product, double momentum) {
  const double next = product * momentum;
  return next < 0x1p-100 ? 0.0 : next;
}

}  // namespace detail

/// The learning rate of step `step` (0 for the first). Warm-up ends with the full rate in its last step; the schedule
/// starts after it.
MINNOW_HD float learning_rate(const StepSchedule& schedule, float base, std::uint32_t step) {
  const std::uint32_t sum = schedule.offset + step, at = sum < step ? 0xffffffffu : sum;
  if (at < schedule.warmup) return base * detail::fraction_of(at + 1u, schedule.warmup);
  const std::uint32_t since = at - schedule.warmup;
  return detail::scheduled_rate(schedule, base, schedule.hold ? since - since % schedule.epoch : since);
}

/// Fills `rates` (and the powers and products beside them) for step `step`, where they stand at the step before: as
/// `prepare` does, in constant time.
MINNOW_HD void prepare_next(ModelState& model, std::uint32_t step) {
  const Optimizer& optimizer = model.optimizer;
  StepRates& rates = model.rates;
  model.beta1_power = power(static_cast<double>(optimizer.beta1), step + 1u);
  model.beta2_power = power(static_cast<double>(optimizer.beta2), step + 1u);
  rates.learning_rate = learning_rate(model.schedule, optimizer.learning_rate, step);
  rates.correction1 = static_cast<float>(1.0 - model.beta1_power);
  rates.correction2 = static_cast<float>(1.0 - model.beta2_power);
  rates.steps = static_cast<float>(step);
  rates.velocity_share = step == 0 ? 1.0f : 1.0f - optimizer.dampening;
  if (optimizer.kind != OptimizerKind::nadam) return;
  const double momentum = detail::nadam_momentum(optimizer, step + 1u);
  model.momentum_product = detail::times_momentum(model.momentum_product, momentum);
  rates.momentum = static_cast<float>(momentum);
  rates.next_momentum = static_cast<float>(detail::nadam_momentum(optimizer, step + 2u));
  rates.momentum_product = static_cast<float>(model.momentum_product);
}

/// The same for any step: 0 before the first one.
MINNOW_HD void prepare(ModelState& model, std::uint32_t step) {
  model.momentum_product = 1;
  for (std::uint32_t t = 1; model.optimizer.kind == OptimizerKind::nadam && t <= step; ++t) {
    model.momentum_product = detail::times_momentum(model.momentum_product, detail::nadam_momentum(model.optimizer, t));
    if (model.momentum_product == 0) break;
  }
  prepare_next(model, step);
}

}  // namespace minnow::math
