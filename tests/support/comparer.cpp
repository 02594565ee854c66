// SPDX-License-Identifier: Apache-2.0
#include "tests/support/comparer.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>

namespace minnow::test {

namespace {

testing::AssertionResult unequal_lengths(std::size_t actual, std::size_t expected) {
  return testing::AssertionFailure() << actual << " elements, expected " << expected;
}

template <class Real, class Bits>
testing::AssertionResult bits_equal(std::span<const Real> actual, std::span<const Real> expected) {
  if (actual.size() != expected.size()) return unequal_lengths(actual.size(), expected.size());
  std::size_t different = 0, first = 0;
  for (std::size_t i = actual.size(); i-- > 0;) {
    if (std::bit_cast<Bits>(actual[i]) != std::bit_cast<Bits>(expected[i])) {
      ++different;
      first = i;
    }
  }
  if (different == 0) return testing::AssertionSuccess();
  return testing::AssertionFailure() << different << " of " << actual.size() << " elements differ in their bits, first "
                                     << first << ": " << std::hexfloat << actual[first] << ", expected "
                                     << expected[first];
}

}  // namespace

testing::AssertionResult within(std::span<const double> actual, std::span<const double> expected,
                                std::span<const double> limits) {
  if (actual.size() != expected.size()) return unequal_lengths(actual.size(), expected.size());
  if (limits.size() != expected.size()) return unequal_lengths(limits.size(), expected.size()) << " limits";
  std::size_t failures = 0, worst = 0;
  double worst_excess = -1;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (std::isinf(expected[i]) && actual[i] == expected[i]) continue;
    const double error = std::abs(actual[i] - expected[i]);
    if (error <= limits[i]) continue;
    ++failures;
    const double excess = std::isnan(error) ? std::numeric_limits<double>::infinity() : error - limits[i];
    if (!(excess <= worst_excess)) {
      worst_excess = excess;
      worst = i;
    }
  }
  if (failures == 0) return testing::AssertionSuccess();
  return testing::AssertionFailure() << failures << " of " << actual.size() << " elements are too far off, worst "
                                     << worst << ": " << actual[worst] << ", expected " << expected[worst] << ", error "
                                     << std::abs(actual[worst] - expected[worst]) << ", limit " << limits[worst];
}

testing::AssertionResult within(std::span<const double> actual, std::span<const double> expected, double limit) {
  return within(actual, expected, std::vector<double>(expected.size(), limit));
}

testing::AssertionResult same_bits(std::span<const float> actual, std::span<const float> expected) {
  return bits_equal<float, std::uint32_t>(actual, expected);
}

testing::AssertionResult same_bits(std::span<const double> actual, std::span<const double> expected) {
  return bits_equal<double, std::uint64_t>(actual, expected);
}

double ulp(double value) {
  constexpr int smallest = std::numeric_limits<float>::min_exponent - std::numeric_limits<float>::digits;
  if (value == 0 || !std::isfinite(value)) return std::ldexp(1.0, smallest);
  return std::ldexp(1.0, std::max(std::ilogb(value) - (std::numeric_limits<float>::digits - 1), smallest));
}

double unit_roundoff(std::size_t real_size) {
  return real_size == sizeof(float) ? std::ldexp(1.0, -24) : std::ldexp(1.0, -53);
}

double sum_bound(std::int64_t length, double magnitude, double roundoff) {
  const double n = static_cast<double>(length) * roundoff;
  return n / (1 - n) * magnitude;
}

std::vector<double> widen(std::span<const float> values) {
  return {values.begin(), values.end()};
}

}  // namespace minnow::test
