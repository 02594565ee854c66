// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "minnow/config.hpp"

namespace minnow::engine {

/// Where an activation, its slope or its curvature jumps: central differences across such a point are no derivative.
struct Kinks {
  int count = 0;
  std::array<double, 2> at = {};
};
Kinks kinks_of(const Activation& activation);

}  // namespace minnow::engine
