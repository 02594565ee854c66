// SPDX-License-Identifier: Apache-2.0
/// Every function of one variable in kernels/math, as function objects for host loops and device kernels alike.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/math/activation.hpp"
#include "kernels/math/loss.hpp"

namespace minnow::math_tests {

#define MINNOW_FORMULA(Name, function)                  \
  struct Name {                                         \
    static constexpr std::string_view name = #function; \
    template <class T>                                  \
    MINNOW_HD T operator()(T x) const {                 \
      return math::function(x);                         \
    }                                                   \
  }
MINNOW_FORMULA(Exp, exp);
MINNOW_FORMULA(Expm1, expm1);
MINNOW_FORMULA(Log, log);
MINNOW_FORMULA(Log1p, log1p);
MINNOW_FORMULA(Tanh, tanh);
MINNOW_FORMULA(Erf, erf);
MINNOW_FORMULA(SinPi, sinpi);
MINNOW_FORMULA(CosPi, cospi);
#undef MINNOW_FORMULA

template <class F>
void for_each_elementary(F&& f) {
  f(Exp{});
  f(Expm1{});
  f(Log{});
  f(Log1p{});
  f(Tanh{});
  f(Erf{});
  f(SinPi{});
  f(CosPi{});
}

/// y = forward(z).
template <class Formula>
struct Forward {
  Formula formula;
  template <class T>
  MINNOW_HD T operator()(T z) const {
    return formula.forward(z);
  }
};

/// dy/dz at z.
template <class Formula>
struct Slope {
  Formula formula;
  template <class T>
  MINNOW_HD T operator()(T z) const {
    return formula.slope(z, formula.forward(z));
  }
};

/// The loss at y against a target that is exact in float, and dloss/dy.
template <class Formula>
struct LossAt {
  Formula formula;
  template <class T>
  MINNOW_HD T operator()(T y) const {
    return formula.loss(y, T(0.25));
  }
};
template <class Formula>
struct LossSlope {
  Formula formula;
  template <class T>
  MINNOW_HD T operator()(T y) const {
    return formula.slope(y, T(0.25));
  }
};

/// f(struct) for every elementwise loss, with its default parameters.
template <class F>
void for_each_elementwise_loss(F&& f) {
  for (int k = 0; k < loss_count; ++k) {
    const auto kind = static_cast<LossKind>(k);
    if (kind != LossKind::cross_entropy) math::visit_elementwise(kind, math::default_parameter(kind), f);
  }
}

/// Every elementwise activation with its default parameters, and once more with others where it has any.
inline std::vector<Activation> activation_variants() {
  std::vector<Activation> variants;
  for (int k = 0; k < activation_count; ++k) {
    const auto kind = static_cast<ActivationKind>(k);
    if (kind == ActivationKind::softmax) continue;
    const Activation initial = math::with_defaults(kind);
    variants.push_back(initial);
    math::visit(initial, [&](auto formula) {
      constexpr auto count = decltype(formula)::parameters.size();
      if constexpr (count == 1) variants.push_back({kind, 0.3f, 0});
      if constexpr (count == 2) variants.push_back({kind, -0.4f, 2.5f});
    });
  }
  return variants;
}

/// "elu", or "elu(0.3)" where a parameter is not the default.
inline std::string variant_name(const Activation& activation) {
  return math::visit(activation, [&](auto formula) {
    std::string name(decltype(formula)::names[0]);
    if (activation == math::with_defaults(activation.kind)) return name;
    char text[64];
    if (decltype(formula)::parameters.size() == 1) {
      std::snprintf(text, sizeof text, "(%g)", static_cast<double>(activation.alpha));
    } else {
      std::snprintf(text, sizeof text, "(%g,%g)", static_cast<double>(activation.alpha),
                    static_cast<double>(activation.beta));
    }
    return name + text;
  });
}

}  // namespace minnow::math_tests
