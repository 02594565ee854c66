// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/math/elementary.hpp"

namespace minnow::math_tests {

/// Floats of every exponent and both signs, `per_exponent` mantissas each (spread over the range, low bits varied),
/// each exponent's first and last, zeros, infinities and a NaN.
inline std::vector<float> sweep(std::uint32_t per_exponent) {
  std::vector<float> values;
  values.reserve(512u * (per_exponent + 2u));
  const std::uint32_t spacing = (1u << 23) / per_exponent;
  std::uint32_t noise = 1;
  for (std::uint32_t high = 0; high < 512; ++high) {
    const std::uint32_t base = high << 23;
    if ((high & 255u) == 255u) {
      values.push_back(math::bits<float>(base));  // an infinity
      continue;
    }
    values.push_back(math::bits<float>(base));
    for (std::uint32_t i = 0; i < per_exponent; ++i) {
      noise = noise * 1664525u + 1013904223u;
      values.push_back(math::bits<float>(base | (i * spacing + (noise >> 8) % spacing)));
    }
    values.push_back(math::bits<float>(base | 0x7fffffu));
  }
  values.push_back(__builtin_nanf(""));
  return values;
}

}  // namespace minnow::math_tests
