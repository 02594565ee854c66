// SPDX-License-Identifier: Apache-2.0
// The float formulas against the double ones, over floats of every exponent and both signs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "kernels/math/accuracy.hpp"
#include "tests/math/formulas.hpp"
#include "tests/math/sweep.hpp"
#include "tests/support/repository.hpp"

namespace minnow::math_tests {
namespace {

/// One unit in the last place of a float of this magnitude.
double ulp_of(double magnitude) {
  return magnitude < 0x1p-126 ? 0x1p-149 : std::ldexp(1.0, std::ilogb(magnitude) - 23);
}

/// The error in ulps; infinite where one side alone is NaN, or an overflow is not one.
double ulp_error(float result, double exact, double floor) {
  if (std::isnan(exact) || std::isnan(result)) return std::isnan(exact) == std::isnan(result) ? 0 : HUGE_VAL;
  const float rounded = static_cast<float>(exact);
  if (std::isinf(result) || std::isinf(rounded)) return result == rounded ? 0 : HUGE_VAL;
  return std::abs(result - exact) / ulp_of(std::max(std::abs(exact), floor));
}

struct Measured {
  double ulp = 0;
  float at = 0;
};

/// Runs every formula; calls use(name, measured over the sweep with the floor of `name`).
class UlpSweep {
  template <class Formula, class Exact>
  void compare(std::string name, Formula formula, Exact exact) {
    // Other parameters than the default have a limit of their own only where they need one.
    const std::size_t open = name.find('('), close = name.find(')');
    if (open != name.npos && floors_.find(name) == floors_.end()) name.erase(open, close + 1 - open);
    const double floor = floors_[name];
    Measured& worst = worst_[name];
    for (const float x : values_) {
      const double error = ulp_error(formula(x), exact(x), floor);
      if (!(error <= worst.ulp)) worst = {error, x};
    }
  }

 public:
  UlpSweep() : values_(sweep(2048)) {
    for (const auto& entry : math::accuracies) floors_[std::string(entry.formula)] = entry.floor;
    for_each_elementary([&](auto formula) {
      compare(std::string(formula.name), formula, [&](float x) { return formula(static_cast<double>(x)); });
    });
    for (const Activation& activation : activation_variants()) {
      math::visit_elementwise(activation, [&](auto formula) {
        const std::string name = variant_name(activation);
        compare(name, Forward<decltype(formula)>{formula},
                [&](float z) { return formula.forward(static_cast<double>(z)); });
        compare(name + " slope", Slope<decltype(formula)>{formula}, [&](float z) {
          const double exact_z = z;
          const double y = formula.needs_input ? formula.forward(exact_z) : static_cast<double>(formula.forward(z));
          return formula.slope(exact_z, y);
        });
      });
    }
    for_each_elementwise_loss([&](auto formula) {
      const std::string name(formula.names[0]);
      const auto measure = [&](const std::string& label, auto function) {
        compare(label, function, [&](float y) { return function(static_cast<double>(y)); });
      };
      measure(name, LossAt<decltype(formula)>{formula});
      measure(name + " slope", LossSlope<decltype(formula)>{formula});
    });
  }
  const std::map<std::string, Measured>& worst() const { return worst_; }

 private:
  std::vector<float> values_;
  std::map<std::string, double> floors_;
  std::map<std::string, Measured> worst_;
};

TEST(Ulp, EveryFormulaStaysWithinItsLimit) {
  const UlpSweep measured;
  std::map<std::string, Measured> rest = measured.worst();
  for (const auto& limit : math::accuracies) {
    const auto found = rest.find(std::string(limit.formula));
    ASSERT_NE(found, rest.end()) << limit.formula << " has a limit but is not measured";
    const Measured worst = found->second;
    std::printf("%-20s %9.4f ulp at %-14.8g limit %g\n", found->first.c_str(), worst.ulp, static_cast<double>(worst.at),
                limit.ulp);
    EXPECT_TRUE(worst.ulp <= limit.ulp) << limit.formula << ": " << worst.ulp << " ulp at " << worst.at;
    // A limit far above what is reached would no longer notice a loss of accuracy.
    EXPECT_TRUE(limit.ulp <= 1.5 * worst.ulp + 0.1) << limit.formula << " reaches " << worst.ulp << " ulp only";
    rest.erase(found);
  }
  for (const auto& [name, worst] : rest)
    ADD_FAILURE() << name << " reaches " << worst.ulp << " ulp: state a limit in kernels/math/accuracy.hpp";
}

/// The gradient check of a formula without one used to end as "a bug in Minnow".
TEST(Ulp, WhatHasNoLimitYetHasAWideOne) {
  EXPECT_EQ(math::accuracy_of("tanh").ulp, 1.4);
  for (const auto& limit : math::accuracies) EXPECT_LT(4 * limit.ulp, math::accuracy_of("nothing").ulp);
  EXPECT_EQ(math::accuracy_of("nothing").floor, 1);
}

TEST(Ulp, TheMeasureItself) {
  EXPECT_EQ(ulp_error(1.0f, 1.0, 0), 0);
  EXPECT_EQ(ulp_error(std::nextafter(1.0f, 2.0f), 1.0, 0), 1);
  EXPECT_EQ(ulp_error(0x1p-149f, 0, 0), 1);
  EXPECT_EQ(ulp_error(0x1p-20f, 0, 1), 8);
  EXPECT_EQ(ulp_error(NAN, 1, 0), HUGE_VAL);
  EXPECT_EQ(ulp_error(1, NAN, 0), HUGE_VAL);
  EXPECT_EQ(ulp_error(NAN, NAN, 0), 0);
  EXPECT_EQ(ulp_error(INFINITY, 3e38, 0), HUGE_VAL);
  EXPECT_EQ(ulp_error(INFINITY, 1e300, 0), 0);
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

std::string floor_text(double floor) {
  if (floor == 0) return "none";
  return floor == 1 ? "1" : "2^" + number(std::log2(floor));
}

/// The table of docs/numerics.md.
std::string table() {
  std::string text = "| formula | limit in ulp | floor |\n| --- | --- | --- |\n";
  for (const auto& limit : math::accuracies) {
    text += "| " + std::string(limit.formula) + " | " + number(limit.ulp) + " | " + floor_text(limit.floor) + " |\n";
  }
  return text;
}

TEST(Ulp, DocumentedLimitsAreTheEnforcedOnes) {
  EXPECT_EQ(test::marked_text("docs/numerics.md", "ulp table"), table());
}

}  // namespace
}  // namespace minnow::math_tests
