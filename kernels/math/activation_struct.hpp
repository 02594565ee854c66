// SPDX-License-Identifier: Apache-2.0
/// What the activation structs are built from.
#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "kernels/math/elementary.hpp"
#include "minnow/config.hpp"

namespace minnow::math {

/// One parameter of an activation: Activation::alpha is the first, beta the second.
struct Parameter {
  std::string_view name;
  float initial;                                            ///< PyTorch's default; 0 where PyTorch has none
  float minimum = -std::numeric_limits<float>::infinity();  ///< smallest value that parse_activation accepts
};

template <int count>
using Parameters = std::array<Parameter, count>;
using NoParameters = Parameters<0>;
/// For parameters that divide or must not vanish.
inline constexpr float positive = std::numeric_limits<float>::min();

/// Where an activation, its slope or its curvature jumps: central differences across such a point are no derivative.
template <int count>
using Kinks = std::array<float, count>;
using NoKinks = Kinks<0>;

/// The gain of what is relu for large |z|.
inline constexpr double root_two = 1.4142135623730951;

}  // namespace minnow::math
