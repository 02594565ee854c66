// SPDX-License-Identifier: Apache-2.0
/// The update rules, by the algorithms of torch.optim (amsgrad and maximize off; lion by its paper): one parameter at a
/// time. docs/optimizers.md shows the formulas, docs/adding-an-optimizer.md what a struct has to have.
/// `state` points to the parameter's first slot, the next ones stand `stride` scalars further. In a loop over
/// parameters, copy Optimizer and StepRates into locals first: arithmetic on them alone then leaves the loop. A
/// condition on them would keep the loop from being vectorized; what state a rule keeps is a template argument instead.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kernels/math/elementary.hpp"
#include "kernels/math/unknown_kind.hpp"
#include "kernels/step_state.hpp"

namespace minnow::math {

using kernels::StepRates;

/// The spellings of a rule, the one that is written first.
template <int count>
using RuleNames = std::array<std::string_view, count>;

namespace detail {
/// A running mean that fades is 0 from 2^-100 on, where no parameter can see it. Left alone, it would become denormal
/// and never 0, since 0.9 times the smallest float is rounded to itself, and processors are slow with such numbers: the
/// pixels that are almost always blank would make every later step of an image net three times as long.
template <class T>
MINNOW_HD T settled(T mean) {
  return abs(mean) < T(0x1p-100) ? T(0) : mean;
}

/// The running mean `mean` of smoothing `beta` takes up x.
template <class T>
MINNOW_HD T smoothed(float beta, T mean, T x) {
  return settled(fma(static_cast<T>(beta), mean, (T(1) - static_cast<T>(beta)) * x));
}
}  // namespace detail

/// Sutskever, Martens, Dahl, Hinton (ICML 2013), as torch.optim.SGD. Slot 0, with momentum only: velocity.
struct Sgd {
  static constexpr OptimizerKind kind = OptimizerKind::sgd;
  static constexpr RuleNames<2> names = {"sgd", "gradient_descent"};
  static constexpr Optimizer defaults = {.kind = kind};
  static constexpr WeightDecay decay = WeightDecay::gradient;
  static constexpr int least_slots = 0, most_slots = 1;
  static MINNOW_HD constexpr int slots(const Optimizer& optimizer) { return optimizer.momentum != 0 ? 1 : 0; }
  static constexpr bool reads(OptimizerConstant constant) {
    using enum OptimizerConstant;
    return constant == momentum || constant == dampening || constant == nesterov;
  }

  template <int slots, class T>
  static MINNOW_HD void apply(const Optimizer& optimizer, const StepRates& rates, T& parameter, T g, T* state,
                              std::int64_t /*stride*/) {
    const T rate = static_cast<T>(rates.learning_rate);
    if constexpr (slots == 0) {
      parameter = fma(-rate, g, parameter);
    } else {
      const T momentum = static_cast<T>(optimizer.momentum), nesterov = static_cast<T>(optimizer.nesterov);
      const T velocity = detail::settled(fma(momentum, state[0], static_cast<T>(rates.velocity_share) * g));
      state[0] = velocity;
      // Nesterov's step is momentum * velocity + g, the plain one velocity.
      const T share = fma(nesterov, momentum, T(1) - nesterov);
      parameter = fma(-rate, fma(share, velocity, nesterov * g), parameter);
    }
  }
};

/// Tieleman, Hinton (2012), as torch.optim.RMSprop; centered: Graves (2013). Slot 0: mean square; slot 1, with
/// momentum or centered: velocity; slot 2, centered: mean gradient.
struct RmsProp {
  static constexpr OptimizerKind kind = OptimizerKind::rmsprop;
  static constexpr RuleNames<1> names = {"rmsprop"};
  static constexpr Optimizer defaults = {.kind = kind, .learning_rate = 1e-2f};
  static constexpr WeightDecay decay = WeightDecay::gradient;
  static constexpr int least_slots = 1, most_slots = 3;
  static MINNOW_HD constexpr int slots(const Optimizer& optimizer) {
    return optimizer.centered ? 3 : optimizer.momentum != 0 ? 2 : 1;
  }
  static constexpr bool reads(OptimizerConstant constant) {
    using enum OptimizerConstant;
    return constant == momentum || constant == alpha || constant == centered || constant == epsilon ||
           constant == epsilon_inside;
  }

  template <int slots, class T>
  static MINNOW_HD void apply(const Optimizer& optimizer, const StepRates& rates, T& parameter, T g, T* state,
                              std::int64_t stride) {
    const T rate = static_cast<T>(rates.learning_rate);
    const T mean_square = detail::smoothed(optimizer.alpha, state[0], g * g);
    state[0] = mean_square;
    T square = mean_square;
    if constexpr (slots == 3) {
      const T mean = detail::smoothed(optimizer.alpha, state[2 * stride], g);
      state[2 * stride] = mean;
      square = max(T(0), fma(-mean, mean, mean_square));  // a variance, but for rounding
    }
    const T inside = static_cast<T>(optimizer.epsilon) * static_cast<T>(optimizer.epsilon_inside);
    const T outside = static_cast<T>(optimizer.epsilon) - inside;
    T step = g / (sqrt(square + inside) + outside);
    if constexpr (slots > 1) {
      step = detail::settled(fma(static_cast<T>(optimizer.momentum), state[stride], step));
      state[stride] = step;
    }
    parameter = fma(-rate, step, parameter);
  }
};

/// Duchi, Hazan, Singer (JMLR 2011), as torch.optim.Adagrad. Slot 0: sum of squared gradients.
struct Adagrad {
  static constexpr OptimizerKind kind = OptimizerKind::adagrad;
  static constexpr RuleNames<1> names = {"adagrad"};
  static constexpr Optimizer defaults = {.kind = kind, .learning_rate = 1e-2f, .epsilon = 1e-10f};
  static constexpr WeightDecay decay = WeightDecay::gradient;
  static constexpr int least_slots = 1, most_slots = 1;
  static MINNOW_HD constexpr int slots(const Optimizer&) { return 1; }
  static constexpr bool reads(OptimizerConstant constant) {
    using enum OptimizerConstant;
    return constant == epsilon || constant == lr_decay || constant == initial_accumulator;
  }

  template <int slots, class T>
  static MINNOW_HD void apply(const Optimizer& optimizer, const StepRates& rates, T& parameter, T g, T* state,
                              std::int64_t /*stride*/) {
    const T slowing = fma(static_cast<T>(optimizer.lr_decay), static_cast<T>(rates.steps), T(1));
    const T rate = static_cast<T>(rates.learning_rate) / slowing;
    const T sum = detail::settled(fma(g, g, state[0]));
    state[0] = sum;
    parameter = fma(-rate, g / (sqrt(sum) + static_cast<T>(optimizer.epsilon)), parameter);
  }
};

/// Zeiler (2012), as torch.optim.Adadelta. Slot 0: mean of squared gradients; slot 1: mean of squared steps.
struct Adadelta {
  static constexpr OptimizerKind kind = OptimizerKind::adadelta;
  static constexpr RuleNames<1> names = {"adadelta"};
  static constexpr Optimizer defaults = {.kind = kind, .learning_rate = 1, .epsilon = 1e-6f};
  static constexpr WeightDecay decay = WeightDecay::gradient;
  static constexpr int least_slots = 2, most_slots = 2;
  static MINNOW_HD constexpr int slots(const Optimizer&) { return 2; }
  static constexpr bool reads(OptimizerConstant constant) {
    using enum OptimizerConstant;
    return constant == rho || constant == epsilon;
  }

  template <int slots, class T>
  static MINNOW_HD void apply(const Optimizer& optimizer, const StepRates& rates, T& parameter, T g, T* state,
                              std::int64_t stride) {
    const T epsilon = static_cast<T>(optimizer.epsilon);
    const T mean_square = detail::smoothed(optimizer.rho, state[0], g * g);
    const T step = sqrt(state[stride] + epsilon) / sqrt(mean_square + epsilon) * g;
    state[0] = mean_square;
    state[stride] = detail::smoothed(optimizer.rho, state[stride], step * step);
    parameter = fma(-static_cast<T>(rates.learning_rate), step, parameter);
  }
};

namespace detail {
/// What Adam and its kin read.
constexpr bool adam_reads(OptimizerConstant constant) {
  using enum OptimizerConstant;
  return constant == beta1 || constant == beta2 || constant == epsilon;
}

template <class T>
struct Moments {
  T mean;
  T denominator;  ///< the root of the mean square, corrected for its start from 0, and epsilon
};

/// Slot 0: mean of gradients; slot 1: mean of their squares.
template <class T>
MINNOW_HD Moments<T> moments(const Optimizer& optimizer, const StepRates& rates, T g, T* state, std::int64_t stride) {
  const T inverse_root = T(1) / sqrt(static_cast<T>(rates.correction2));
  const T mean = smoothed(optimizer.beta1, state[0], g);
  const T mean_square = smoothed(optimizer.beta2, state[stride], g * g);
  state[0] = mean;
  state[stride] = mean_square;
  return {mean, fma(sqrt(mean_square), inverse_root, static_cast<T>(optimizer.epsilon))};
}

/// Kingma, Ba (ICLR 2015), algorithm 1.
struct AdamBase {
  static constexpr int least_slots = 2, most_slots = 2;
  static MINNOW_HD constexpr int slots(const Optimizer&) { return 2; }
  static constexpr bool reads(OptimizerConstant constant) { return adam_reads(constant); }

  template <int slots, class T>
  static MINNOW_HD void apply(const Optimizer& optimizer, const StepRates& rates, T& parameter, T g, T* state,
                              std::int64_t stride) {
    const T step_size = static_cast<T>(rates.learning_rate) / static_cast<T>(rates.correction1);
    const Moments<T> m = moments(optimizer, rates, g, state, stride);
    parameter = fma(-step_size, m.mean / m.denominator, parameter);
  }
};
}  // namespace detail

struct Adam : detail::AdamBase {
  static constexpr OptimizerKind kind = OptimizerKind::adam;
  static constexpr RuleNames<1> names = {"adam"};
  static constexpr Optimizer defaults = {.kind = kind};
  static constexpr WeightDecay decay = WeightDecay::gradient;
};

/// Loshchilov, Hutter (ICLR 2019): Adam whose decay shrinks the parameter itself.
struct AdamW : detail::AdamBase {
  static constexpr OptimizerKind kind = OptimizerKind::adamw;
  static constexpr RuleNames<1> names = {"adamw"};
  static constexpr Optimizer defaults = {.kind = kind, .weight_decay = 1e-2f};
  static constexpr WeightDecay decay = WeightDecay::decoupled;
};

/// Dozat (ICLR 2016 workshop), as torch.optim.NAdam.
struct NAdam {
  static constexpr OptimizerKind kind = OptimizerKind::nadam;
  static constexpr RuleNames<1> names = {"nadam"};
  static constexpr Optimizer defaults = {.kind = kind, .learning_rate = 2e-3f};
  static constexpr WeightDecay decay = WeightDecay::gradient;
  static constexpr int least_slots = 2, most_slots = 2;
  static MINNOW_HD constexpr int slots(const Optimizer&) { return 2; }
  static constexpr bool reads(OptimizerConstant constant) {
    return detail::adam_reads(constant) || constant == OptimizerConstant::momentum_decay;
  }

  template <int slots, class T>
  static MINNOW_HD void apply(const Optimizer& optimizer, const StepRates& rates, T& parameter, T g, T* state,
                              std::int64_t stride) {
    const T momentum = static_cast<T>(rates.momentum), next = static_cast<T>(rates.next_momentum);
    const T product = static_cast<T>(rates.momentum_product);
    const T gradient_share = (T(1) - momentum) / (T(1) - product);
    const T mean_share = next / (T(1) - product * next);
    const detail::Moments<T> m = detail::moments(optimizer, rates, g, state, stride);
    const T step = fma(gradient_share, g, mean_share * m.mean) / m.denominator;
    parameter = fma(-static_cast<T>(rates.learning_rate), step, parameter);
  }
};

/// Chen et al., Symbolic Discovery of Optimization Algorithms (NeurIPS 2023), algorithm 2. Slot 0: mean of gradients.
struct Lion {
  static constexpr OptimizerKind kind = OptimizerKind::lion;
  static constexpr RuleNames<1> names = {"lion"};
  static constexpr Optimizer defaults = {.kind = kind, .learning_rate = 1e-4f, .beta2 = 0.99f};
  static constexpr WeightDecay decay = WeightDecay::decoupled;
  static constexpr int least_slots = 1, most_slots = 1;
  static MINNOW_HD constexpr int slots(const Optimizer&) { return 1; }
  static constexpr bool reads(OptimizerConstant constant) {
    using enum OptimizerConstant;
    return constant == beta1 || constant == beta2;
  }

  template <int slots, class T>
  static MINNOW_HD void apply(const Optimizer& optimizer, const StepRates& rates, T& parameter, T g, T* state,
                              std::int64_t /*stride*/) {
    const T rate = static_cast<T>(rates.learning_rate);
    const T direction = detail::smoothed(optimizer.beta1, state[0], g);
    state[0] = detail::smoothed(optimizer.beta2, state[0], g);
    const T step = direction > T(0) ? rate : (direction < T(0) ? -rate : direction);  // NaN stays NaN
    parameter = parameter - step;
  }
};

/// f(rule struct).
template <class F>
inline __attribute__((always_inline)) decltype(auto) visit(OptimizerKind kind, F&& f) {
  switch (kind) {
    case OptimizerKind::sgd:
      return f(Sgd{});
    case OptimizerKind::rmsprop:
      return f(RmsProp{});
    case OptimizerKind::adagrad:
      return f(Adagrad{});
    case OptimizerKind::adadelta:
      return f(Adadelta{});
    case OptimizerKind::adam:
      return f(Adam{});
    case OptimizerKind::adamw:
      return f(AdamW{});
    case OptimizerKind::nadam:
      return f(NAdam{});
    case OptimizerKind::lion:
      return f(Lion{});
  }
  unknown_kind("visit: no such OptimizerKind");
}

/// What a step does to a parameter and its gradient before the rule: clipping and weight decay.
template <class T>
struct Preparation {
  T scale;    ///< of the gradient, by norm
  T limit;    ///< of its magnitude
  T penalty;  ///< times the parameter is added to the gradient
  T shrink;   ///< times the parameter is added to the parameter
};

/// `decays`: whether weight decay reaches the parameters that are meant.
template <class Rule, class T>
MINNOW_HD Preparation<T> preparation(const Optimizer& optimizer, const StepRates& rates, bool decays) {
  const WeightDecay form = optimizer.decay == WeightDecay::automatic ? Rule::decay : optimizer.decay;
  const T decay = decays ? static_cast<T>(optimizer.weight_decay) : T(0);
  const T limit = optimizer.clip_value > 0 ? static_cast<T>(optimizer.clip_value) : T(detail::infinity);
  const T scale = static_cast<T>(rates.gradient_scale);
  // +0 where nothing shrinks: that keeps a parameter of -0.
  if (form == WeightDecay::decoupled) {
    return {scale, limit, T(0), decay != T(0) ? -(static_cast<T>(rates.learning_rate) * decay) : T(0)};
  }
  return {scale, limit, form == WeightDecay::sum_of_squares ? T(2) * decay : decay, T(0)};
}

/// One parameter's step by a rule with `slots` slots. Make the preparation outside a loop over parameters.
template <class Rule, int slots, class T>
MINNOW_HD void update_parameter(const Optimizer& optimizer, const StepRates& rates, const Preparation<T>& preparation,
                                T& parameter, T gradient, T* state, std::int64_t stride) {
  const T clipped = clamp(gradient * preparation.scale, -preparation.limit, preparation.limit);
  const T g = fma(preparation.penalty, parameter, clipped);
  T updated = fma(preparation.shrink, parameter, parameter);
  Rule::template apply<slots>(optimizer, rates, updated, g, state, stride);
  parameter = updated;
}

template <int count>
struct Slots {
  static constexpr int value = count;
};

/// f(Slots<n>) for n = Rule::slots(optimizer): rules whose work depends on what state they keep have one loop for each.
template <class Rule, int n = Rule::most_slots, class F>
MINNOW_HD void with_slots(const Optimizer& optimizer, const F& f) {
  if constexpr (n == Rule::least_slots) {
    f(Slots<n>{});
  } else if (Rule::slots(optimizer) == n) {
    f(Slots<n>{});
  } else {
    with_slots<Rule, n - 1>(optimizer, f);
  }
}

/// One parameter of a model, where speed does not matter or the processor does not mind the branches.
template <class Rule, class T>
MINNOW_HD void update_parameter(const Optimizer& optimizer, const StepRates& rates, bool decays, T& parameter,
                                T gradient, T* state, std::int64_t stride) {
  const auto prepared = preparation<Rule, T>(optimizer, rates, decays);
  with_slots<Rule>(optimizer, [&](auto slots) {
    update_parameter<Rule, decltype(slots)::value>(optimizer, rates, prepared, parameter, gradient, state, stride);
  });
}

/// torch.nn.utils.clip_grad_norm_: what a model's gradients are multiplied by, from the sum of their squares.
template <class T>
MINNOW_HD float clip_scale(const Optimizer& optimizer, T sum_of_squares) {
  if (!(optimizer.clip_norm > 0)) return 1;
  const T scale = static_cast<T>(optimizer.clip_norm) / (sqrt(sum_of_squares) + T(1e-6));
  return static_cast<float>(min(T(1), scale));
}

/// State scalars per parameter.
inline int state_slots(const Optimizer& optimizer) {
  return visit(optimizer.kind, [&](auto rule) { return decltype(rule)::slots(optimizer); });
}

/// What the slots hold before the first step. Only Adagrad's is not 0.
inline float initial_state(const Optimizer& optimizer) {
  const bool read =
      visit(optimizer.kind, [](auto rule) { return decltype(rule)::reads(OptimizerConstant::initial_accumulator); });
  return read ? optimizer.initial_accumulator : 0;
}

}  // namespace minnow::math
