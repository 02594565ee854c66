// SPDX-License-Identifier: Apache-2.0
/// What an activation's or a loss's struct says of its parameters.
#pragma once

#include <array>
#include <limits>
#include <string_view>

namespace minnow::math {

/// Activation::alpha is an activation's first parameter, beta its second; Loss::parameter is a loss's.
struct Parameter {
  std::string_view name;
  float initial;                                            ///< PyTorch's default; 0 where PyTorch has none
  float minimum = -std::numeric_limits<float>::infinity();  ///< the smallest value that is accepted
};

template <int count>
using Parameters = std::array<Parameter, count>;
using NoParameters = Parameters<0>;
/// For parameters that divide or must not vanish.
inline constexpr float positive = std::numeric_limits<float>::min();

}  // namespace minnow::math
