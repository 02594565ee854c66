// SPDX-License-Identifier: Apache-2.0
/// Comparisons of arrays for tests. Every one fails on NaN where a number is expected, on unequal lengths, and says
/// which element is worst. Tested in tests/support/comparer_test.cpp.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <vector>

namespace minnow::test {

/// Passes if |actual[i] - expected[i]| <= limits[i] for every i. An infinity passes only against the same infinity.
testing::AssertionResult within(std::span<const double> actual, std::span<const double> expected,
                                std::span<const double> limits);
/// Likewise with one limit for all.
testing::AssertionResult within(std::span<const double> actual, std::span<const double> expected, double limit);

/// Passes if the bit patterns are equal: +0 is not -0, and a NaN is equal to the same NaN.
testing::AssertionResult same_bits(std::span<const float> actual, std::span<const float> expected);
testing::AssertionResult same_bits(std::span<const double> actual, std::span<const double> expected);

/// Units in the last place of a float near `value`: the spacing of floats there.
double ulp(double value);

/// Unit roundoff of a backend's scalar: 2^-24 (float) or 2^-53 (double).
double unit_roundoff(std::size_t real_size);

/// Bound on the error of a sum of `length` products or terms whose absolute values sum to `magnitude`, in the order of
/// the summation rule or any other: gamma_n * magnitude (Higham, Accuracy and Stability of Numerical Algorithms,
/// section 3.1), gamma_n = n u / (1 - n u). `length` counts every rounding on the way.
double sum_bound(std::int64_t length, double magnitude, double roundoff);

std::vector<double> widen(std::span<const float> values);

}  // namespace minnow::test
