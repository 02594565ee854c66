// SPDX-License-Identifier: Apache-2.0
/// The update rules, by the algorithms of torch.optim (dampening 0, amsgrad off): one parameter at a time.
/// `state` points to the parameter's first slot, the next ones stand `stride` scalars further. In a loop over
/// parameters, copy Optimizer and StepRates into locals first: what depends on them alone then leaves the loop.
#pragma once

#include <cstdint>

#include "kernels/math/elementary.hpp"
#include "kernels/math/unknown_kind.hpp"
#include "kernels/step_state.hpp"

namespace minnow::math {

using kernels::StepRates;

namespace detail {
/// L2 penalty: gradient + weight_decay * parameter.
template <class T>
MINNOW_HD T decayed(const Optimizer& optimizer, T parameter, T gradient) {
  return fma(static_cast<T>(optimizer.weight_decay), parameter, gradient);
}

/// A running mean that fades is 0 from 2^-100 on, where no parameter can see it. Left alone, it would become denormal
/// and never 0, since 0.9 times the smallest float is rounded to itself, and processors are slow with such numbers: the
/// pixels that are almost always blank would make every later step of an image net three times as long.
template <class T>
MINNOW_HD T settled(T mean) {
  return abs(mean) < T(0x1p-100) ? T(0) : mean;
}
}  // namespace detail

/// Sutskever, Martens, Dahl, Hinton (ICML 2013), as torch.optim.SGD. Slot 0, with momentum only: velocity.
struct Sgd {
  static constexpr OptimizerKind kind = OptimizerKind::sgd;
  static constexpr int slots(const Optimizer& optimizer) { return optimizer.momentum != 0 ? 1 : 0; }

  template <class T>
  static MINNOW_HD void apply(const Optimizer& optimizer, const StepRates& rates, T& parameter, T gradient, T* state,
                              std::int64_t /*stride*/) {
    const T g = detail::decayed(optimizer, parameter, gradient);
    const T rate = static_cast<T>(rates.learning_rate);
    if (optimizer.momentum == 0) {
      parameter = fma(-rate, g, parameter);
      return;
    }
    const T momentum = static_cast<T>(optimizer.momentum);
    const T velocity = detail::settled(fma(momentum, state[0], g));
    state[0] = velocity;
    parameter = fma(-rate, optimizer.nesterov ? fma(momentum, velocity, g) : velocity, parameter);
  }
};

/// Tieleman, Hinton (2012), as torch.optim.RMSprop. Slot 0: mean square; slot 1, with momentum only: velocity.
struct RmsProp {
  static constexpr OptimizerKind kind = OptimizerKind::rmsprop;
  static constexpr int slots(const Optimizer& optimizer) { return optimizer.momentum != 0 ? 2 : 1; }

  template <class T>
  static MINNOW_HD void apply(const Optimizer& optimizer, const StepRates& rates, T& parameter, T gradient, T* state,
                              std::int64_t stride) {
    const T g = detail::decayed(optimizer, parameter, gradient);
    const T rate = static_cast<T>(rates.learning_rate);
    const T alpha = static_cast<T>(optimizer.alpha);
    const T mean_square = detail::settled(fma(alpha, state[0], (T(1) - alpha) * (g * g)));
    state[0] = mean_square;
    const T step = g / (sqrt(mean_square) + static_cast<T>(optimizer.epsilon));
    if (optimizer.momentum == 0) {
      parameter = fma(-rate, step, parameter);
      return;
    }
    const T velocity = detail::settled(fma(static_cast<T>(optimizer.momentum), state[stride], step));
    state[stride] = velocity;
    parameter = fma(-rate, velocity, parameter);
  }
};

namespace detail {
/// Kingma, Ba (ICLR 2015), algorithm 1. Slot 0: mean of gradients; slot 1: mean of their squares.
template <class T>
MINNOW_HD T adam(const Optimizer& optimizer, const StepRates& rates, T parameter, T g, T* state, std::int64_t stride) {
  const T beta1 = static_cast<T>(optimizer.beta1);
  const T beta2 = static_cast<T>(optimizer.beta2);
  const T step_size = static_cast<T>(rates.learning_rate) / static_cast<T>(rates.correction1);
  const T inverse_root = T(1) / sqrt(static_cast<T>(rates.correction2));
  const T mean = settled(fma(beta1, state[0], (T(1) - beta1) * g));
  const T mean_square = settled(fma(beta2, state[stride], (T(1) - beta2) * (g * g)));
  state[0] = mean;
  state[stride] = mean_square;
  const T denominator = fma(sqrt(mean_square), inverse_root, static_cast<T>(optimizer.epsilon));
  return fma(-step_size, mean / denominator, parameter);
}
}  // namespace detail

struct Adam {
  static constexpr OptimizerKind kind = OptimizerKind::adam;
  static constexpr int slots(const Optimizer&) { return 2; }

  template <class T>
  static MINNOW_HD void apply(const Optimizer& optimizer, const StepRates& rates, T& parameter, T gradient, T* state,
                              std::int64_t stride) {
    parameter =
        detail::adam(optimizer, rates, parameter, detail::decayed(optimizer, parameter, gradient), state, stride);
  }
};

/// Loshchilov, Hutter (ICLR 2019): the decay shrinks the parameter itself, by learning rate * weight_decay.
struct AdamW {
  static constexpr OptimizerKind kind = OptimizerKind::adamw;
  static constexpr int slots(const Optimizer&) { return 2; }

  template <class T>
  static MINNOW_HD void apply(const Optimizer& optimizer, const StepRates& rates, T& parameter, T gradient, T* state,
                              std::int64_t stride) {
    const T shrink = static_cast<T>(rates.learning_rate) * static_cast<T>(optimizer.weight_decay);
    parameter = detail::adam(optimizer, rates, fma(-shrink, parameter, parameter), gradient, state, stride);
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
    case OptimizerKind::adam:
      return f(Adam{});
    case OptimizerKind::adamw:
      return f(AdamW{});
  }
  unknown_kind("visit: no such OptimizerKind");
}

/// State scalars per parameter.
inline int state_slots(const Optimizer& optimizer) {
  return visit(optimizer.kind, [&](auto rule) { return decltype(rule)::slots(optimizer); });
}

}  // namespace minnow::math
