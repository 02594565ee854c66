// SPDX-License-Identifier: Apache-2.0
/// What PyTorch's rates (scripts/make_golden.py) are written with and compared by.
#pragma once

#include <cmath>

#include "minnow/config.hpp"

namespace minnow::test {

template <class Set>
Schedule make_schedule(Set set) {
  Schedule schedule;
  set(schedule);
  return schedule;
}

/// A few float roundings; one_cycle's end is where two large numbers cancel, so also of the base.
inline bool agrees(double found, double expected) {
  return std::abs(found - expected) <= 6 * 0x1p-24 * expected + 0x1p-26 * 0.1;
}

}  // namespace minnow::test
