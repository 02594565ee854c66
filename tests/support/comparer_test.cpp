// SPDX-License-Identifier: Apache-2.0
#include "tests/support/comparer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace minnow::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
using Doubles = std::vector<double>;

TEST(Comparer, AcceptsWhatIsWithinTheLimit) {
  EXPECT_TRUE(within(Doubles{1, 2, 3}, Doubles{1, 2.5, 3}, 0.5));
  EXPECT_TRUE(within(Doubles{1, 2}, Doubles{1.25, 2}, Doubles{0.25, 0}));
  EXPECT_TRUE(within(Doubles{infinity, -infinity}, Doubles{infinity, -infinity}, 0));
  EXPECT_TRUE(within(Doubles{}, Doubles{}, 0));
}

TEST(Comparer, RefusesWhatIsBeyondTheLimit) {
  EXPECT_FALSE(within(Doubles{1, 2.51}, Doubles{1, 2}, 0.5));
  EXPECT_FALSE(within(Doubles{1, 2}, Doubles{1.25, 2}, Doubles{0.24, 0}));
}

TEST(Comparer, RefusesNanOnEitherSideAndInTheLimit) {
  EXPECT_FALSE(within(Doubles{nan}, Doubles{0}, infinity));
  EXPECT_FALSE(within(Doubles{0}, Doubles{nan}, infinity));
  EXPECT_FALSE(within(Doubles{nan}, Doubles{nan}, infinity));
  EXPECT_FALSE(within(Doubles{0}, Doubles{0}, nan));
}

TEST(Comparer, RefusesTheWrongInfinityAndANumberForAnInfinity) {
  EXPECT_FALSE(within(Doubles{infinity}, Doubles{-infinity}, 1));
  EXPECT_FALSE(within(Doubles{3e38}, Doubles{infinity}, 1));
  EXPECT_FALSE(within(Doubles{infinity}, Doubles{3e38}, 1));
}

TEST(Comparer, RefusesUnequalLengths) {
  EXPECT_FALSE(within(Doubles{1}, Doubles{1, 2}, 1));
  EXPECT_FALSE(within(Doubles{1, 2}, Doubles{1, 2}, Doubles{1}));
  EXPECT_FALSE(same_bits(std::vector<float>{1}, std::vector<float>{}));
}

TEST(Comparer, NamesTheWorstElement) {
  const auto result = within(Doubles{0, 5, 1}, Doubles{0, 0, 0}, 0.5);
  EXPECT_NE(std::string(result.message()).find("2 of 3"), std::string::npos) << result.message();
  EXPECT_NE(std::string(result.message()).find("worst 1: 5"), std::string::npos) << result.message();
  const auto with_nan = within(Doubles{0, 5, nan}, Doubles{0, 0, 0}, 0.5);
  EXPECT_NE(std::string(with_nan.message()).find("worst 2: nan"), std::string::npos) << with_nan.message();
}

TEST(Comparer, BitsDistinguishZerosAndAcceptTheSameNan) {
  const float quiet = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(same_bits(std::vector<float>{1, quiet}, std::vector<float>{1, quiet}));
  EXPECT_FALSE(same_bits(std::vector<float>{0.0f}, std::vector<float>{-0.0f}));
  EXPECT_FALSE(same_bits(std::vector<float>{1}, std::vector<float>{std::nextafter(1.0f, 2.0f)}));
  EXPECT_FALSE(same_bits(Doubles{1}, Doubles{std::nextafter(1.0, 2.0)}));
}

TEST(Comparer, UlpIsTheSpacingOfFloats) {
  for (float value : {1.0f, 1.5f, 3e38f, 2.5e-30f, 1e-42f}) {
    EXPECT_EQ(ulp(value), static_cast<double>(std::nextafter(value, HUGE_VALF)) - static_cast<double>(value)) << value;
    EXPECT_EQ(ulp(-value), ulp(value));
  }
  EXPECT_EQ(ulp(0), static_cast<double>(std::numeric_limits<float>::denorm_min()));
}

TEST(Comparer, SumBoundIsHighamsGamma) {
  const double u = std::ldexp(1.0, -24);
  EXPECT_DOUBLE_EQ(sum_bound(1000, 3, u), 1000 * u / (1 - 1000 * u) * 3);
}

}  // namespace
}  // namespace minnow::test
