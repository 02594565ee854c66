// SPDX-License-Identifier: Apache-2.0
/// The learning rate of a step, and the rates that the update rules read. Pure functions of the step counter, so a
/// step can be repeated, skipped or resumed without drift. docs/schedules.md shows the formulas.
#pragma once

#include <cstdint>
#include <string_view>

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
  return schedule.passed_milestones + passed;
}

/// Whole periods in `since` steps. A period is given as a float of epochs, so the one that is meant may be shorter by
/// 2^-24 of it: what is that near to the end of a period has reached it.
MINNOW_HD std::uint32_t whole_periods(double since, double period) {
  const double periods = since / period * (1 + 0x1p-23);
  return periods < 4294967295.0 ? static_cast<std::uint32_t>(periods) : 0xffffffffu;
}

}  // namespace detail

/// Where a schedule stands, in steps after the warm-up.
struct SchedulePlace {
  std::uint32_t since;   ///< so far
  std::uint32_t length;  ///< to the end of a decay, at least 1
  std::uint32_t walked;  ///< of these: the smaller one of the two
};

// One struct per kind: its names (the first is the one that is written), the fields of Schedule that it reads besides
// warmup, and its rate; `base` is Optimizer::learning_rate. docs/adding-a-schedule.md adds one.

struct ConstantRate {
  static constexpr ScheduleKind kind = ScheduleKind::constant;
  static constexpr std::string_view names[] = {"constant", "none", "constant_lr"};
  static constexpr ScheduleField fields[] = {ScheduleField::length, ScheduleField::factor};

  static MINNOW_HD float rate(const StepSchedule& schedule, float base, const SchedulePlace& at) {
    return at.since < at.length ? base * schedule.factor : base;
  }
};

struct StepDecay {
  static constexpr ScheduleKind kind = ScheduleKind::step;
  static constexpr std::string_view names[] = {"step", "step_lr", "step_decay"};
  static constexpr ScheduleField fields[] = {ScheduleField::interval, ScheduleField::period, ScheduleField::gamma};

  static MINNOW_HD float rate(const StepSchedule& schedule, float base, const SchedulePlace& at) {
    const std::uint32_t reductions = detail::whole_periods(at.since, schedule.period);
    return base * static_cast<float>(power(static_cast<double>(schedule.gamma), reductions));
  }
};

struct MultiStepDecay {
  static constexpr ScheduleKind kind = ScheduleKind::multi_step;
  static constexpr std::string_view names[] = {"multi_step", "multi_step_lr"};
  static constexpr ScheduleField fields[] = {ScheduleField::interval, ScheduleField::milestones, ScheduleField::gamma};

  static MINNOW_HD float rate(const StepSchedule& schedule, float base, const SchedulePlace& at) {
    const std::uint32_t reductions = detail::passed_milestones(schedule, at.since);
    return base * static_cast<float>(power(static_cast<double>(schedule.gamma), reductions));
  }
};

struct LinearRamp {
  static constexpr ScheduleKind kind = ScheduleKind::linear;
  static constexpr std::string_view names[] = {"linear", "linear_lr"};
  static constexpr ScheduleField fields[] = {ScheduleField::interval, ScheduleField::length,
                                             ScheduleField::start_factor, ScheduleField::end_factor};

  static MINNOW_HD float rate(const StepSchedule& schedule, float base, const SchedulePlace& at) {
    return base * fma(schedule.end_factor - schedule.start_factor, detail::fraction_of(at.walked, at.length),
                      schedule.start_factor);
  }
};

struct ExponentialDecay {
  static constexpr ScheduleKind kind = ScheduleKind::exponential;
  static constexpr std::string_view names[] = {"exponential", "exponential_lr", "exponential_decay"};
  static constexpr ScheduleField fields[] = {ScheduleField::interval, ScheduleField::gamma};

  static MINNOW_HD float rate(const StepSchedule& schedule, float base, const SchedulePlace& at) {
    const double epochs = static_cast<double>(at.since) / static_cast<double>(schedule.epoch);
    return base * static_cast<float>(real_power(static_cast<double>(schedule.gamma), epochs));
  }
};

struct PolynomialDecay {
  static constexpr ScheduleKind kind = ScheduleKind::polynomial;
  static constexpr std::string_view names[] = {"polynomial", "polynomial_lr", "polynomial_decay"};
  static constexpr ScheduleField fields[] = {ScheduleField::interval, ScheduleField::length, ScheduleField::power,
                                             ScheduleField::minimum};

  static MINNOW_HD float rate(const StepSchedule& schedule, float base, const SchedulePlace& at) {
    const double left = static_cast<double>(at.length - at.walked) / static_cast<double>(at.length);
    const auto share = static_cast<float>(real_power(left, static_cast<double>(schedule.power)));
    return fma(base - schedule.minimum, share, schedule.minimum);
  }
};

struct CosineDecay {
  static constexpr ScheduleKind kind = ScheduleKind::cosine;
  static constexpr std::string_view names[] = {"cosine", "cosine_annealing", "cosine_annealing_lr", "cosine_decay"};
  static constexpr ScheduleField fields[] = {ScheduleField::interval, ScheduleField::length, ScheduleField::minimum};

  static MINNOW_HD float rate(const StepSchedule& schedule, float base, const SchedulePlace& at) {
    return detail::cosine_between(base, schedule.minimum, detail::fraction_of(at.walked, at.length));
  }
};

/// Loshchilov, Hutter (ICLR 2017): the cycles last T_0, T_0 T_mult, T_0 T_mult^2, ...
struct CosineRestarts {
  static constexpr ScheduleKind kind = ScheduleKind::cosine_restarts;
  static constexpr std::string_view names[] = {"cosine_restarts", "cosine_annealing_warm_restarts",
                                               "cosine_decay_restarts", "sgdr"};
  static constexpr ScheduleField fields[] = {ScheduleField::interval, ScheduleField::period,
                                             ScheduleField::period_multiplier, ScheduleField::minimum};

  static MINNOW_HD float rate(const StepSchedule& schedule, float base, const SchedulePlace& at) {
    double period = schedule.period, place = at.since;
    if (schedule.period_multiplier > 1) {
      for (; detail::whole_periods(place, period) > 0; period *= schedule.period_multiplier) place -= period;
    } else {
      place -= detail::whole_periods(place, period) * period;
    }
    const double share = place / period;
    return detail::cosine_between(base, schedule.minimum, share > 0 ? min(1.0f, static_cast<float>(share)) : 0.0f);
  }
};

/// Smith, Topin (2018), as torch.optim.lr_scheduler.OneCycleLR in two phases; `base` is the peak.
struct OneCycle {
  static constexpr ScheduleKind kind = ScheduleKind::one_cycle;
  static constexpr std::string_view names[] = {"one_cycle", "one_cycle_lr"};
  static constexpr ScheduleField fields[] = {ScheduleField::interval, ScheduleField::pct_start,
                                             ScheduleField::div_factor, ScheduleField::final_div_factor,
                                             ScheduleField::annealing};

  static MINNOW_HD float rate(const StepSchedule& schedule, float base, const SchedulePlace& at) {
    const float first = base / schedule.div_factor, last = first / schedule.final_div_factor;
    const double peak = static_cast<double>(schedule.pct_start) * at.length - 1,
                 end = static_cast<double>(at.length) - 1;
    const double place = at.walked < at.length ? static_cast<double>(at.walked) : end;
    const bool rises = peak > 0 && place <= peak;
    const float from = rises ? first : base, to = rises ? base : last;
    const double span = rises ? peak : end - peak, walked = rises ? place : place - peak;
    if (schedule.annealing == Annealing::cosine) {
      return detail::cosine_between(from, to, span > 0 ? static_cast<float>(walked / span) : 1.0f);
    }
    return fma(from - to, span > 0 ? static_cast<float>((span - walked) / span) : 0.0f, to);
  }
};

struct SubtractiveStep {
  static constexpr ScheduleKind kind = ScheduleKind::subtractive_step;
  static constexpr std::string_view names[] = {"subtractive_step"};
  static constexpr ScheduleField fields[] = {ScheduleField::interval, ScheduleField::milestones, ScheduleField::amount,
                                             ScheduleField::minimum};

  static MINNOW_HD float rate(const StepSchedule& schedule, float base, const SchedulePlace& at) {
    const auto reductions = static_cast<float>(detail::passed_milestones(schedule, at.since));
    return max(schedule.minimum, fma(-schedule.amount, reductions, base));
  }
};

/// The factor is the host's: all reductions so far.
struct PlateauDecay {
  static constexpr ScheduleKind kind = ScheduleKind::plateau;
  static constexpr std::string_view names[] = {"plateau", "reduce_on_plateau", "reduce_lr_on_plateau"};
  static constexpr ScheduleField fields[] = {
      ScheduleField::gamma,    ScheduleField::minimum,   ScheduleField::monitor,       ScheduleField::patience,
      ScheduleField::cooldown, ScheduleField::threshold, ScheduleField::threshold_mode};

  static MINNOW_HD float rate(const StepSchedule& schedule, float base, const SchedulePlace&) {
    return max(schedule.minimum, base * schedule.factor);
  }
};

/// f(struct of `kind`), on the device too. No default case: the compiler finds a forgotten enumerator.
template <class F>
MINNOW_HD auto visit(ScheduleKind kind, const F& f) {
  switch (kind) {
    case ScheduleKind::constant:
      return f(ConstantRate{});
    case ScheduleKind::step:
      return f(StepDecay{});
    case ScheduleKind::multi_step:
      return f(MultiStepDecay{});
    case ScheduleKind::linear:
      return f(LinearRamp{});
    case ScheduleKind::exponential:
      return f(ExponentialDecay{});
    case ScheduleKind::polynomial:
      return f(PolynomialDecay{});
    case ScheduleKind::cosine:
      return f(CosineDecay{});
    case ScheduleKind::cosine_restarts:
      return f(CosineRestarts{});
    case ScheduleKind::one_cycle:
      return f(OneCycle{});
    case ScheduleKind::subtractive_step:
      return f(SubtractiveStep{});
    case ScheduleKind::plateau:
      return f(PlateauDecay{});
  }
  return f(ConstantRate{});  // the host refuses other values before
}

namespace detail {

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
  std::uint32_t since = at - schedule.warmup;
  if (schedule.hold) since -= since % schedule.epoch;
  const std::uint32_t length = schedule.total > schedule.warmup ? schedule.total - schedule.warmup : 1u;
  const SchedulePlace place = {since, length, since < length ? since : length};
  return visit(schedule.kind, [&](auto rule) { return decltype(rule)::rate(schedule, base, place); });
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
