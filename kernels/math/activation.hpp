// SPDX-License-Identifier: Apache-2.0
/// Every activation, once: a struct with its names (the first is the one Minnow writes), its parameters in the order
/// Activation::alpha, beta, `forward(z)` and beside it its derivative `slope(z, y)`, y = forward(z). `needs_input`
/// says whether slope reads z; where it does not, z need not be kept. `gain` is that of xavier and kaiming
/// initializers: torch.nn.init.calculate_gain for linear, sigmoid, tanh, relu, leaky_relu and selu; it has no value for
/// the others: those that are relu for large |z| take relu's sqrt(2), hardtanh takes tanh's 5/3, the rest 1. `kinks`
/// are where the activation, its slope or its curvature jumps. To add one: an enumerator in config.hpp, a struct, a
/// case in `visit`.
#pragma once

#include <utility>

#include "kernels/math/piecewise_activation.hpp"
#include "kernels/math/smooth_activation.hpp"
#include "kernels/math/unknown_kind.hpp"

namespace minnow::math {

/// The output head of a classifier, computed by the softmax ops over whole rows: it has names, but no formula here.
struct Softmax {
  static constexpr ActivationKind kind = ActivationKind::softmax;
  static constexpr std::string_view names[] = {"softmax"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = false;
  double gain() const { return 1; }
  NoKinks kinks() const { return {}; }
};

namespace detail {
/// The struct with the parameters of `activation`.
template <class Struct>
inline __attribute__((always_inline)) constexpr Struct with_parameters(const Activation& activation) {
  if constexpr (Struct::parameters.size() == 0) {
    return Struct{};
  } else if constexpr (Struct::parameters.size() == 1) {
    return Struct{activation.alpha};
  } else {
    return Struct{activation.alpha, activation.beta};
  }
}
}  // namespace detail

/// f(struct of `activation`), Softmax included. No default case: the compiler finds a forgotten enumerator.
template <class F>
inline __attribute__((always_inline)) decltype(auto) visit(const Activation& activation, F&& f) {
  using detail::with_parameters;
  switch (activation.kind) {
    case ActivationKind::linear:
      return f(with_parameters<Linear>(activation));
    case ActivationKind::relu:
      return f(with_parameters<Relu>(activation));
    case ActivationKind::relu6:
      return f(with_parameters<Relu6>(activation));
    case ActivationKind::leaky_relu:
      return f(with_parameters<LeakyRelu>(activation));
    case ActivationKind::elu:
      return f(with_parameters<Elu>(activation));
    case ActivationKind::selu:
      return f(with_parameters<Selu>(activation));
    case ActivationKind::celu:
      return f(with_parameters<Celu>(activation));
    case ActivationKind::gelu:
      return f(with_parameters<Gelu>(activation));
    case ActivationKind::gelu_tanh:
      return f(with_parameters<GeluTanh>(activation));
    case ActivationKind::silu:
      return f(with_parameters<Silu>(activation));
    case ActivationKind::hardswish:
      return f(with_parameters<HardSwish>(activation));
    case ActivationKind::mish:
      return f(with_parameters<Mish>(activation));
    case ActivationKind::sigmoid:
      return f(with_parameters<Sigmoid>(activation));
    case ActivationKind::logsigmoid:
      return f(with_parameters<LogSigmoid>(activation));
    case ActivationKind::hardsigmoid:
      return f(with_parameters<HardSigmoid>(activation));
    case ActivationKind::tanh:
      return f(with_parameters<Tanh>(activation));
    case ActivationKind::tanhshrink:
      return f(with_parameters<TanhShrink>(activation));
    case ActivationKind::hardtanh:
      return f(with_parameters<HardTanh>(activation));
    case ActivationKind::softplus:
      return f(with_parameters<Softplus>(activation));
    case ActivationKind::softsign:
      return f(with_parameters<Softsign>(activation));
    case ActivationKind::softshrink:
      return f(with_parameters<SoftShrink>(activation));
    case ActivationKind::hardshrink:
      return f(with_parameters<HardShrink>(activation));
    case ActivationKind::threshold:
      return f(with_parameters<Threshold>(activation));
    case ActivationKind::softmax:
      return f(Softmax{});
  }
  unknown_kind("visit: no such ActivationKind");
}

/// f(struct of `activation`) for elementwise ones; throws InternalError for softmax.
template <class F>
inline __attribute__((always_inline)) decltype(auto) visit_elementwise(const Activation& activation, F&& f) {
  using Result = decltype(f(Linear{}));
  return visit(activation, [&](auto formula) -> Result {
    if constexpr (decltype(formula)::kind == ActivationKind::softmax) {
      unknown_kind("visit_elementwise: softmax is not elementwise; use the softmax ops");
    } else {
      return f(formula);
    }
  });
}

/// `kind` with the default parameters of its struct.
inline Activation with_defaults(ActivationKind kind) {
  return visit(Activation{kind, 0, 0}, [](auto formula) {
    constexpr auto parameters = decltype(formula)::parameters;
    Activation activation{decltype(formula)::kind, 0, 0};
    if constexpr (parameters.size() > 0) activation.alpha = parameters[0].initial;
    if constexpr (parameters.size() > 1) activation.beta = parameters[1].initial;
    return activation;
  });
}

/// Whether slope reads z, so that the workspace must keep it.
inline bool needs_input(ActivationKind kind) {
  return visit(Activation{kind, 0, 0}, [](auto formula) { return decltype(formula)::needs_input; });
}

}  // namespace minnow::math
