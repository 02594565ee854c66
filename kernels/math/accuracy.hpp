// SPDX-License-Identifier: Apache-2.0
/// How far each float formula may lie from the exact value. tests/math/ulp_test.cpp enforces the limits over floats of
/// every exponent; docs/numerics.md shows them.
#pragma once

#include <string_view>

namespace minnow::math {

/// |result - exact| <= ulp * (unit in the last place of max(|exact|, floor)). The floor is 0 where the relative error
/// stays small down to the smallest denormal, and above it where a zero crossing, or a scaled denormal, forbids that:
/// with floor 1 an ulp is an absolute 2^-23. A slope that is computed from y is compared at the float y.
struct Accuracy {
  std::string_view formula;
  double ulp;
  double floor;
};

inline constexpr Accuracy accuracies[] = {
    {"exp", 1.2, 0},
    {"expm1", 1.7, 0},
    {"log", 0.9, 0},
    {"log1p", 1.6, 0},
    {"tanh", 1.4, 0},
    {"erf", 1.6, 0},
    {"sinpi", 1.8, 0},
    {"cospi", 1.9, 0},
    {"linear", 0, 0},
    {"linear slope", 0, 0},
    {"relu", 0, 0},
    {"relu slope", 0, 0},
    {"relu6", 0, 0},
    {"relu6 slope", 0, 0},
    {"leaky_relu", 0.5, 0},
    {"leaky_relu slope", 0, 0},
    {"elu", 1.7, 0},
    {"elu slope", 0.5, 0},
    {"selu", 2, 0},
    {"selu slope", 0.8, 1},
    {"celu", 2.1, 0},
    {"celu slope", 0.4, 1},
    {"gelu", 8.7, 0},
    {"gelu slope", 2.2, 1},
    {"gelu_tanh", 13.5, 0x1p-10},
    {"gelu_tanh slope", 2.1, 1},
    {"silu", 3.6, 0x1p-100},
    {"silu slope", 2, 1},
    {"hardswish", 2, 0},
    {"hardswish slope", 0.8, 1},
    {"mish", 4.3, 0x1p-100},
    {"mish slope", 2.1, 1},
    {"sigmoid", 3, 0},
    {"sigmoid slope", 1.7, 0},
    {"logsigmoid", 1.8, 0},
    {"logsigmoid slope", 1, 0},
    {"hardsigmoid", 1, 0},
    {"hardsigmoid slope", 0.4, 0},
    {"tanh slope", 0.5, 0},
    {"tanhshrink", 10.9, 0},
    {"tanhshrink slope", 3.6, 0},
    {"hardtanh", 0, 0},
    {"hardtanh slope", 0, 0},
    {"softplus", 1.8, 0},
    {"softplus slope", 1.4, 0},
    {"softplus(0.3)", 6.1, 0x1p-10},
    {"softsign", 1.7, 0},
    {"softsign slope", 2.1, 0},
    {"softshrink", 0.5, 0},
    {"softshrink slope", 0, 0},
    {"hardshrink", 0, 0},
    {"hardshrink slope", 0, 0},
    {"threshold", 0, 0},
    {"threshold slope", 0, 0},
    {"bce", 1.7, 0},
    {"bce slope", 0.8, 1},
    {"mse", 2, 0},
    {"mse slope", 0.5, 0},
    {"mae", 0.5, 0},
    {"mae slope", 0, 0},
    {"huber", 2, 0},
    {"huber slope", 0.5, 0},
};

/// Of one formula. Where no limit is stated yet: 64 ulp of at least 1, some five times the largest that is stated, so
/// that a gradient check with a new formula finds its mistakes before anybody has measured its roundings.
constexpr Accuracy accuracy_of(std::string_view formula) {
  for (const Accuracy& accuracy : accuracies) {
    if (accuracy.formula == formula) return accuracy;
  }
  return {formula, 64, 1};
}

}  // namespace minnow::math
