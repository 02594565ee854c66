// SPDX-License-Identifier: Apache-2.0
// Each elementwise loss's slope against central differences in double, its extremes, and what the documentation says.
#include "kernels/math/loss.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tests/math/formulas.hpp"
#include "tests/support/repository.hpp"

#define log_cosh huber  // the enumerator that the document adds; here another one stands in its place
namespace minnow::math::documented {
#include "documented_loss.inc"
}  // namespace minnow::math::documented

namespace minnow::math_tests {
namespace {

template <class Formula>
void expect_slope(const Formula& formula) {
  constexpr double h = 1e-5;
  for (int i = -40; i < 40; ++i) {
    const double y = 0.1 * i + 0.037, target = 0.25;  // no kink is near
    const double numeric = (formula.loss(y + h, target) - formula.loss(y - h, target)) / (2 * h);
    EXPECT_NEAR(formula.slope(y, target), numeric, 2e-9) << formula.names[0] << " at " << y;
  }
}

TEST(LossFormulas, SlopesEqualCentralDifferences) {
  for_each_elementwise_loss([](auto formula) { expect_slope(formula); });
  expect_slope(math::Huber{2.5f});
  expect_slope(math::documented::LogCosh{});
}

TEST(LossFormulas, NaNIsNeverHidden) {
  for_each_elementwise_loss([](auto formula) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(formula.loss(nan, 0.5f))) << formula.names[0];
    EXPECT_TRUE(std::isnan(formula.slope(nan, 0.5f))) << formula.names[0];
  });
}

TEST(LossFormulas, NothingOverflowsOnTheWay) {
  for_each_elementwise_loss([](auto formula) {
    for (const float y : {-1e19f, -1e4f, -104.0f, 0.0f, 104.0f, 1e4f, 1e19f}) {
      for (const float target : {0.0f, 1.0f}) {
        EXPECT_TRUE(std::isfinite(formula.loss(y, target))) << formula.names[0] << " at " << y;
        EXPECT_GE(formula.loss(y, target), 0) << formula.names[0] << " at " << y;
        EXPECT_TRUE(std::isfinite(formula.slope(y, target))) << formula.names[0] << " at " << y;
      }
    }
  });
}

TEST(LossDocumentation, ListsEveryName) {
  std::string table = "| loss | also accepted | head |\n| --- | --- | --- |\n";
  for (int k = 0; k < loss_count; ++k) {
    math::visit(static_cast<LossKind>(k), 1, [&](auto formula) {
      std::string others;
      for (const std::string_view name : decltype(formula)::names) {
        if (name != formula.names[0]) others += (others.empty() ? "`" : ", `") + std::string(name) + "`";
      }
      const char* heads[] = {"none", "softmax", "sigmoid"};
      table += "| `" + std::string(formula.names[0]) + "` | " + others + " | " +
               heads[static_cast<std::size_t>(formula.head)] + " |\n";
    });
  }
  EXPECT_EQ(test::marked_text("docs/losses.md", "losses"), table);
}

}  // namespace
}  // namespace minnow::math_tests
