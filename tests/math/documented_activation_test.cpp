// SPDX-License-Identifier: Apache-2.0
/// The example of docs/adding-an-activation.md, compiled as it stands there.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/math/activation.hpp"

#define squareplus softplus  // the enumerator that the document adds; here another one stands in its place

namespace minnow::math {
namespace {

#include "documented_activation.inc"

TEST(DocumentedActivation, IsItsFormulaAndItsSlope) {
  static_assert(Squareplus::parameters[0].initial == 4);
  const Squareplus formula{4};
  EXPECT_EQ(formula.forward(1e38f), 1e38f) << "the square of z overflows";
  EXPECT_GT(formula.forward(-1e4f), 0);
  for (const double z : {-30.0, -2.0, -0.25, 0.0, 1.0, 3.0, 40.0}) {
    EXPECT_NEAR(formula.forward(z), (z + std::sqrt(z * z + 4)) / 2, 1e-14 * (1 + std::abs(z)));
    const double step = 1e-6, difference = (formula.forward(z + step) - formula.forward(z - step)) / (2 * step);
    EXPECT_NEAR(formula.slope(z, formula.forward(z)), difference, 1e-8);
    EXPECT_NEAR(formula.forward(static_cast<float>(z)), formula.forward(z), 4e-7 * (1 + std::abs(z)));
  }
}

}  // namespace
}  // namespace minnow::math
