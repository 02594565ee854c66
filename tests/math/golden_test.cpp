// SPDX-License-Identifier: Apache-2.0
// The formulas, in double and in float, against what PyTorch computes in float64 (scripts/make_golden.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/math/activation.hpp"
#include "kernels/math/schedule.hpp"
#include "kernels/math/summation.hpp"
#include "kernels/math/update_rule.hpp"
#include "minnow/config.hpp"
#include "tests/math/golden_optimizers.hpp"

namespace minnow::math {
namespace {

/// |found - expected| <= bound * max(1, |expected|); NaN is out of bounds.
template <class T>
bool within(T found, double expected, double bound) {
  return std::abs(found - expected) <= bound * std::max(1.0, std::abs(expected));
}

struct ActivationRow {
  ActivationKind kind;
  double alpha, beta, z, y, slope;
};
constexpr ActivationRow activation_rows[] = {
#include "tests/math/golden_activations.inc"
};

TEST(Golden, Activations) {
  std::vector<int> rows(activation_count);
  for (const ActivationRow& row : activation_rows) {
    ++rows[static_cast<std::size_t>(row.kind)];
    const Activation activation{row.kind, static_cast<float>(row.alpha), static_cast<float>(row.beta)};
    visit_elementwise(activation, [&](auto formula) {
      const double y = formula.forward(row.z), slope = formula.slope(row.z, y);
      // PyTorch's sixth is the float, also in float64.
      const double slope_bound = row.kind == ActivationKind::hardsigmoid ? 0x1p-26 : 3e-15;
      EXPECT_TRUE(within(y, row.y, 1e-15)) << formula.names[0] << " at " << row.z << ": " << y << ", " << row.y;
      EXPECT_TRUE(within(slope, row.slope, slope_bound))
          << formula.names[0] << " slope at " << row.z << ": " << slope << ", expected " << row.slope;
      const float z = static_cast<float>(row.z), y_float = formula.forward(z);
      const float slope_float = formula.slope(z, y_float);
      EXPECT_TRUE(within(y_float, row.y, 4e-7)) << formula.names[0] << " at " << z << ": " << y_float;
      EXPECT_TRUE(within(slope_float, row.slope, 4e-7)) << formula.names[0] << " slope at " << z << ": " << slope_float;
    });
  }
  int covered = 0;
  std::string missing;
  for (int k = 0; k < activation_count; ++k) {
    const Activation activation = make_activation(static_cast<ActivationKind>(k));
    if (rows[static_cast<std::size_t>(k)] > 0) {
      ++covered;
    } else if (activation.kind != ActivationKind::softmax) {
      missing += " " + to_string(activation);
    }
  }
  // Those of PyTorch. One that it lacks is checked by its slope, its accuracy and its bits alone.
  EXPECT_GE(covered, 23) << "no golden values of" << missing << ": see ACTIVATIONS in scripts/make_golden.py";
}

/// The largest error of the parameters after row.steps steps.
template <class T>
double optimizer_error(const test::GoldenOptimizer& row) {
  constexpr int count = test::golden_parameters;
  kernels::ModelState model;
  model.optimizer = row.optimizer;
  T parameters[count];
  for (int i = 0; i < count; ++i) parameters[i] = static_cast<T>(test::golden_start[i]);
  std::vector<T> state(static_cast<std::size_t>(state_slots(row.optimizer)) * count, T(initial_state(row.optimizer)));
  for (std::uint32_t step = 0; step < row.steps; ++step) {
    prepare(model, step);
    T gradients[count];
    ChunkedSum<T> squares;
    for (int i = 0; i < count; ++i) {
      gradients[i] = static_cast<T>(test::golden_gradient(static_cast<int>(step), i));
      squares.add_product(gradients[i], gradients[i]);
    }
    model.rates.gradient_scale = clip_scale(row.optimizer, squares.result());
    visit(row.optimizer.kind, [&]<class Rule>(Rule) {
      for (int i = 0; i < count; ++i) {
        update_parameter<Rule>(row.optimizer, model.rates, true, parameters[i], gradients[i],
                               state.empty() ? nullptr : state.data() + i, count);
      }
    });
  }
  double error = 0;
  for (int i = 0; i < count; ++i) {
    const double difference = std::abs(static_cast<double>(parameters[i]) - row.parameters[i]);
    if (!(difference <= error)) error = difference;
  }
  return error;
}

TEST(Golden, Optimizers) {
  std::vector<int> rows(optimizer_count);
  for (const test::GoldenOptimizer& row : test::golden_optimizers()) {
    ++rows[static_cast<std::size_t>(row.optimizer.kind)];
    EXPECT_LE(optimizer_error<double>(row), test::golden_bound(row, 0x1p-53)) << test::golden_name(row);
    EXPECT_LE(optimizer_error<float>(row), test::golden_bound(row, 0x1p-24)) << test::golden_name(row);
  }
  // Those of PyTorch and lion; another one that PyTorch lacks is compared with its own formula in double alone.
  EXPECT_GE(std::ranges::count_if(rows, [](int count) { return count > 0; }), 8) << "see OPTIMIZERS in make_golden.py";
}

TEST(Schedules, PrepareDependsOnTheStepAlone) {
  kernels::ModelState once, often;
  once.optimizer = often.optimizer = make_optimizer(OptimizerKind::nadam);
  prepare(often, 0);
  for (std::uint32_t step = 1; step < 300; ++step) {
    prepare_next(often, step);
    prepare(once, step);
    EXPECT_EQ(once.rates.correction1, often.rates.correction1);
    EXPECT_EQ(once.rates.correction2, often.rates.correction2);
    EXPECT_EQ(once.rates.next_momentum, often.rates.next_momentum);
    EXPECT_EQ(once.momentum_product, often.momentum_product);
    EXPECT_EQ(once.beta2_power, often.beta2_power);
  }
  EXPECT_EQ(once.momentum_product, 0) << "NAdam's product must not become denormal";
  EXPECT_NEAR(once.beta2_power, std::pow(static_cast<double>(0.999f), 300), 1e-14);
}

TEST(Schedules, RealPowersAreAccurate) {
  for (const double x : {0.0, 1e-6, 0.1, 0.5, 0.999, 1.0, 3.0}) {
    for (const double p : {0.0, 0.25, 0.9, 1.0, 2.5, 7.0, 30.75}) {
      const double expected = std::pow(x, p);
      // The rest of p, below 1, times log x: one rounding of x, of the log, of the product and of exp.
      const double bound = 0x1p-24 * (3 + 3 * std::abs(std::log(std::max(x, 1e-6))));
      EXPECT_LE(std::abs(real_power(x, p) - expected), bound * expected) << x << "^" << p;
    }
  }
}

}  // namespace
}  // namespace minnow::math
