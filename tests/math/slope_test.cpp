// SPDX-License-Identifier: Apache-2.0
// Each activation's slope against central differences of its forward, in double; and its behavior at the extremes.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "minnow/error.hpp"
#include "tests/math/formulas.hpp"

namespace minnow::math_tests {
namespace {

/// Points that no kink of activation_variants() is near: those lie at multiples of 1/10.
std::vector<double> smooth_points() {
  std::vector<double> points;
  for (int i = -60; i < 60; ++i) points.push_back(0.1 * i + 0.037);
  for (const double z : {-81.237, -24.437, -12.937, 9.537, 15.337, 31.737, 93.437}) points.push_back(z);
  return points;
}

TEST(Slope, EqualsTheCentralDifferenceAwayFromKinks) {
  constexpr double h = 1e-5;
  for (const Activation& activation : activation_variants()) {
    math::visit_elementwise(activation, [&](auto formula) {
      for (const double z : smooth_points()) {
        const double numeric = (formula.forward(z + h) - formula.forward(z - h)) / (2 * h);
        const double slope = formula.slope(z, formula.forward(z));
        // h^2 / 6 times a third derivative of at most 10; rounding of forward by 2^-53 of 100 over h.
        EXPECT_TRUE(std::abs(slope - numeric) <= 2e-9)
            << variant_name(activation) << " at " << z << ": slope " << slope << ", central difference " << numeric;
      }
    });
  }
}

TEST(Slope, NeedsNoInputWhereItSaysSo) {
  for (const Activation& activation : activation_variants()) {
    math::visit_elementwise(activation, [&](auto formula) {
      EXPECT_EQ(math::needs_input(activation.kind), formula.needs_input);
      if (formula.needs_input) return;
      for (const double z : smooth_points()) {
        const double y = formula.forward(z);
        const double lost = std::numeric_limits<double>::quiet_NaN();
        EXPECT_EQ(formula.slope(z, y), formula.slope(lost, y)) << variant_name(activation) << " at " << z;
      }
    });
  }
}

TEST(Slope, NaNIsNeverHidden) {
  for (const Activation& activation : activation_variants()) {
    math::visit_elementwise(activation, [&](auto formula) {
      EXPECT_TRUE(std::isnan(formula.forward(std::numeric_limits<float>::quiet_NaN()))) << variant_name(activation);
      EXPECT_TRUE(std::isnan(formula.forward(std::numeric_limits<double>::quiet_NaN()))) << variant_name(activation);
    });
  }
}

TEST(Slope, NothingOverflowsOnTheWay) {
  for (const Activation& activation : activation_variants()) {
    math::visit_elementwise(activation, [&](auto formula) {
      for (const float z : {-1e38f, -1e20f, -1e4f, -104.0f, -89.0f, 89.0f, 104.0f, 1e4f, 1e20f, 1e38f}) {
        const float y = formula.forward(z), slope = formula.slope(z, y);
        EXPECT_TRUE(std::abs(y) <= std::abs(z) * 1.06f + 3) << variant_name(activation) << " at " << z << ": " << y;
        EXPECT_TRUE(std::abs(slope) <= 1.1f) << variant_name(activation) << " slope at " << z << ": " << slope;
      }
    });
  }
}

TEST(Slope, TailsKeepTheirValue) {
  const auto at = [](ActivationKind kind, float z) {
    return math::visit_elementwise(math::with_defaults(kind), [&](auto formula) { return formula.forward(z); });
  };
  EXPECT_EQ(at(ActivationKind::softplus, 100), 100);
  EXPECT_EQ(at(ActivationKind::logsigmoid, -100), -100);
  EXPECT_EQ(at(ActivationKind::sigmoid, 200), 1);
  EXPECT_EQ(at(ActivationKind::sigmoid, -200), 0);
  EXPECT_GT(at(ActivationKind::sigmoid, -100), 0);  // a denormal
  EXPECT_GT(at(ActivationKind::softplus, -100), 0);
  EXPECT_LT(at(ActivationKind::gelu, -13), 0);
  EXPECT_EQ(at(ActivationKind::mish, 1e30f), 1e30f);
  EXPECT_EQ(at(ActivationKind::silu, 1e38f), 1e38f);
  EXPECT_EQ(at(ActivationKind::tanhshrink, 0x1p-30f), 0x1.555556p-92f);  // z^3 / 3
  EXPECT_EQ(at(ActivationKind::elu, -1e-30f), -1e-30f);
}

TEST(Slope, SoftmaxIsNotElementwise) {
  const Activation softmax{ActivationKind::softmax, 0, 0};
  const auto apply = [](auto formula) { static_cast<void>(formula.forward(1.0f)); };
  EXPECT_THROW(math::visit_elementwise(softmax, apply), InternalError);
}

}  // namespace
}  // namespace minnow::math_tests
