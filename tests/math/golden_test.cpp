// SPDX-License-Identifier: Apache-2.0
// The formulas, in double and in float, against what PyTorch computes in float64 (scripts/make_golden.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/math/activation.hpp"
#include "kernels/math/schedule.hpp"
#include "kernels/math/update_rule.hpp"
#include "minnow/config.hpp"

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
  for (int k = 0; k < activation_count; ++k) {
    const bool elementwise = static_cast<ActivationKind>(k) != ActivationKind::softmax;
    EXPECT_EQ(rows[static_cast<std::size_t>(k)] > 0, elementwise) << "activation " << k;
  }
}

template <class Set>
Optimizer make_rule(OptimizerKind kind, Set set) {
  Optimizer optimizer;
  optimizer.kind = kind;
  set(optimizer);
  return optimizer;
}

constexpr int parameter_count = 5;
struct OptimizerRow {
  Optimizer optimizer;
  std::uint32_t steps;
  double parameters[parameter_count];
};
const OptimizerRow optimizer_rows[] = {
#include "tests/math/golden_optimizers.inc"
};

/// The gradients of scripts/make_golden.py.
double golden_gradient(int step, int i) {
  return i == 3 && step % 4 != 0 ? 0 : ((step * 37 + i * 11) % 129 - 64) / 64.0;
}

/// The largest error of the parameters after row.steps steps.
template <class T>
double optimizer_error(const OptimizerRow& row) {
  kernels::ModelState model;
  model.optimizer = row.optimizer;
  T parameters[parameter_count] = {1, T(-0.5), T(0.25), 0, 3};
  std::vector<T> state(static_cast<std::size_t>(state_slots(row.optimizer)) * parameter_count);
  for (std::uint32_t step = 0; step < row.steps; ++step) {
    prepare(model, step);
    visit(row.optimizer.kind, [&](auto rule) {
      for (int i = 0; i < parameter_count; ++i) {
        const T gradient = static_cast<T>(golden_gradient(static_cast<int>(step), i));
        rule.template apply<T>(row.optimizer, model.rates, parameters[i], gradient,
                               state.empty() ? nullptr : state.data() + i, parameter_count);
      }
    });
  }
  double error = 0;
  for (int i = 0; i < parameter_count; ++i) {
    const double difference = std::abs(parameters[i] - row.parameters[i]);
    if (!(difference <= error)) error = difference;
  }
  return error;
}

TEST(Golden, Optimizers) {
  std::vector<int> rows(optimizer_count);
  for (const OptimizerRow& row : optimizer_rows) {
    ++rows[static_cast<std::size_t>(row.optimizer.kind)];
    // StepRates are floats, also for double: each Adam step is off by up to 2 * 2^-24 of itself, one learning rate.
    const bool adam = row.optimizer.kind == OptimizerKind::adam || row.optimizer.kind == OptimizerKind::adamw;
    const double rates = adam ? 3 * 0x1p-24 * row.optimizer.learning_rate * row.steps : 0;
    // In float each step rounds parameters up to 4 and its own terms, a few times.
    const double rounding = 4 * 4 * 0x1p-24 * row.steps;
    const double double_error = optimizer_error<double>(row), float_error = optimizer_error<float>(row);
    EXPECT_TRUE(double_error <= 1e-13 + rates)
        << to_string(row.optimizer.kind) << " " << row.steps << ": " << double_error;
    EXPECT_TRUE(float_error <= rounding) << to_string(row.optimizer.kind) << " " << row.steps << ": " << float_error;
  }
  for (const int count : rows) EXPECT_GT(count, 0);
}

struct ScheduleRow {
  kernels::StepSchedule schedule;
  std::uint32_t step;
  double rate;
};
constexpr ScheduleRow schedule_rows[] = {
#include "tests/math/golden_schedules.inc"
};

TEST(Golden, Schedules) {
  for (const ScheduleRow& row : schedule_rows) {
    const float rate = learning_rate(row.schedule, 0.1f, row.step);
    EXPECT_TRUE(std::abs(rate - row.rate) <= 4e-7 * row.rate)
        << to_string(row.schedule.kind) << " step " << row.step << ": " << rate << ", expected " << row.rate;
  }
}

TEST(Schedules, EndAtTheirLimits) {
  const kernels::StepSchedule cosine{ScheduleKind::cosine, 1, 0.01f, 1, 0, 100};
  EXPECT_EQ(learning_rate(cosine, 0.5f, 0), 0.5f);
  EXPECT_EQ(learning_rate(cosine, 0.5f, 100), 0.01f);
  EXPECT_EQ(learning_rate(cosine, 0.5f, 0xffffffffu), 0.01f);
  const kernels::StepSchedule warm{ScheduleKind::constant, 1, 0, 1, 4, 100};
  EXPECT_EQ(learning_rate(warm, 1.0f, 0), 0.25f);
  EXPECT_EQ(learning_rate(warm, 1.0f, 3), 1.0f);
  EXPECT_EQ(learning_rate(warm, 1.0f, 4), 1.0f);
  const kernels::StepSchedule step{ScheduleKind::step, 0.5f, 0, 10, 0, 100};
  EXPECT_EQ(learning_rate(step, 1.0f, 9), 1.0f);
  EXPECT_EQ(learning_rate(step, 1.0f, 10), 0.5f);
  EXPECT_EQ(learning_rate(step, 1.0f, 39), 0.125f);
}

TEST(Schedules, PrepareDependsOnTheStepAlone) {
  kernels::ModelState once, often;
  for (std::uint32_t step = 0; step < 100; ++step) prepare(often, step);
  prepare(once, 99);
  EXPECT_EQ(once.rates.correction1, often.rates.correction1);
  EXPECT_EQ(once.rates.correction2, often.rates.correction2);
  EXPECT_EQ(once.beta2_power, often.beta2_power);
  EXPECT_NEAR(once.beta2_power, std::pow(static_cast<double>(0.999f), 100), 1e-14);
}

}  // namespace
}  // namespace minnow::math
