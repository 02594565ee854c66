// SPDX-License-Identifier: Apache-2.0
#include "src/train/plateau_rule.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/math/schedule.hpp"
#include "src/train/optimizer.hpp"
#include "tests/train/golden_rates.hpp"

namespace minnow::test {
namespace {

struct GoldenPlateau {
  Schedule schedule;
  std::vector<double> figures, rates;  ///< a figure per epoch, and the rate after it
};

TEST(PlateauRuleTest, HasPyTorchsRates) {
  const std::vector<GoldenPlateau> rows = {
#include "tests/math/golden_plateaus.inc"
  };
  for (const GoldenPlateau& row : rows) {
    engine::PlateauRule rule(row.schedule);
    kernels::StepSchedule steps = engine::step_schedule(row.schedule, 40, 4);
    for (std::size_t e = 0; e < row.figures.size(); ++e) {
      rule.observe(row.figures[e]);
      steps.factor = rule.factor();
      EXPECT_TRUE(agrees(static_cast<double>(math::learning_rate(steps, 0.1f, 0)), row.rates[e])) << "epoch " << e;
    }
    EXPECT_LT(rule.factor(), 1) << "the figures reduce nothing";
  }
}

TEST(PlateauRuleTest, InAbsoluteModeKeepsTheRateWhileTheLossFalls) {
  const Schedule schedule = {
      .kind = ScheduleKind::plateau, .patience = 2, .threshold = 0.01f, .threshold_mode = ThresholdMode::absolute};
  engine::PlateauRule fast(schedule), slow(schedule), standing(schedule);
  for (int e = 0; e < 200; ++e) {
    fast.observe(10 - 0.02 * e);
    slow.observe(10 - 0.006 * e);  // above the threshold in two epochs, within the patience
    standing.observe(10);
    EXPECT_EQ(fast.factor(), 1) << "epoch " << e;
    EXPECT_EQ(slow.factor(), 1) << "epoch " << e;
  }
  EXPECT_LT(standing.factor(), 1e-6f);
}

TEST(PlateauRuleTest, AsksMoreOfAFigureThatRises) {
  const Monitor accuracy = {Metric::accuracy, true}, r2 = {Metric::r2, true};
  engine::PlateauRule equal(
      Schedule{.kind = ScheduleKind::plateau, .monitor = accuracy, .patience = 0, .threshold = 0});
  equal.observe(0.5);
  equal.observe(0.5);
  EXPECT_LT(equal.factor(), 1);
  // A tenth of |-1|: of a figure below 0 as of one above.
  const Schedule tenth = {.kind = ScheduleKind::plateau, .monitor = r2, .patience = 0, .threshold = 0.1f};
  engine::PlateauRule little(tenth), enough(tenth);
  for (engine::PlateauRule* rule : {&little, &enough}) rule->observe(-1);
  little.observe(-0.95);
  enough.observe(-0.85);
  EXPECT_LT(little.factor(), 1);
  EXPECT_EQ(enough.factor(), 1);
}

TEST(PlateauRuleTest, TakesAFigureThatIsNotFiniteForNoImprovement) {
  engine::PlateauRule rule(Schedule{.kind = ScheduleKind::plateau, .patience = 0});
  rule.observe(1);
  rule.observe(std::nan(""));
  EXPECT_FLOAT_EQ(rule.factor(), 0.1f);
  rule.observe(0.5);
  EXPECT_FLOAT_EQ(rule.factor(), 0.1f);
}

}  // namespace
}  // namespace minnow::test
