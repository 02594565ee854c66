// SPDX-License-Identifier: Apache-2.0
/// What the activation structs are built from.
#pragma once

#include <array>
#include <cmath>

#include "kernels/math/elementary.hpp"
#include "kernels/math/parameter.hpp"
#include "minnow/config.hpp"

namespace minnow::math {

/// Where an activation, its slope or its curvature jumps: central differences across such a point are no derivative.
template <int count>
using Kinks = std::array<float, count>;
using NoKinks = Kinks<0>;

/// The gain of what is relu for large |z|.
inline constexpr double root_two = 1.4142135623730951;

}  // namespace minnow::math
