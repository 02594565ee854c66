// SPDX-License-Identifier: Apache-2.0
#include "src/train/stopping_rule.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace minnow::test {
namespace {

using engine::StoppingRule;

TEST(StoppingRuleTest, WaitsForPatience) {
  StoppingRule rule({.patience = 2});
  EXPECT_TRUE(rule.observe(1, 1));
  EXPECT_FALSE(rule.should_stop());
  EXPECT_FALSE(rule.observe(2, 1));
  EXPECT_FALSE(rule.should_stop());
  EXPECT_TRUE(rule.observe(3, 0.5));
  EXPECT_FALSE(rule.observe(4, 0.6));
  EXPECT_FALSE(rule.should_stop());
  EXPECT_FALSE(rule.observe(5, 0.6));
  EXPECT_TRUE(rule.should_stop());
  EXPECT_EQ(rule.best_epoch(), 3);
  EXPECT_EQ(rule.reason(), "val/loss has not improved since epoch 3 (0.5)");
}

TEST(StoppingRuleTest, FirstEpochsMayBeLeftOut) {
  StoppingRule rule({.patience = 2, .start_from_epoch = 3});
  for (const int epoch : {1, 2, 3}) EXPECT_FALSE(rule.observe(epoch, 0.1));
  EXPECT_FALSE(rule.should_stop());
  EXPECT_TRUE(rule.observe(4, 0.5)) << "better ones before do not count";
  EXPECT_FALSE(rule.observe(5, 0.6));
  EXPECT_FALSE(rule.should_stop());
  EXPECT_FALSE(rule.observe(6, 0.6));
  EXPECT_TRUE(rule.should_stop());
  EXPECT_EQ(rule.best_epoch(), 4);
  StoppingRule never_better({.patience = 2, .start_from_epoch = 3});
  for (const int epoch : {1, 2, 3, 4}) never_better.observe(epoch, std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(never_better.should_stop());
  never_better.observe(5, std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(never_better.should_stop());
  EXPECT_EQ(never_better.reason(), "val/loss has not been a finite number in any epoch after epoch 3");
}

/// It used to have "not improved since epoch 0 (0)".
TEST(StoppingRuleTest, AFigureThatIsNeverKnownIsSaidToBeSo) {
  StoppingRule rule({.patience = 1, .monitor = {Metric::auroc}});
  rule.observe(1, std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(rule.should_stop());
  EXPECT_EQ(rule.reason(), "val/auroc has not been a finite number in any epoch");
}

TEST(StoppingRuleTest, SmallImprovementsDoNotCount) {
  StoppingRule rule({.patience = 2, .minimum_change = 0.25f});
  EXPECT_TRUE(rule.observe(1, 1));
  EXPECT_FALSE(rule.observe(2, 0.75));
  EXPECT_TRUE(rule.observe(3, 0.5));
}

TEST(StoppingRuleTest, AccuracyIsMaximized) {
  StoppingRule rule({.patience = 1, .monitor = {Metric::accuracy}});
  EXPECT_TRUE(rule.observe(1, 0.5));
  EXPECT_TRUE(rule.observe(2, 0.6));
  EXPECT_FALSE(rule.observe(3, 0.6));
  EXPECT_TRUE(rule.should_stop());
}

TEST(StoppingRuleTest, NanIsNoImprovement) {
  StoppingRule rule({.patience = 2});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(rule.observe(1, nan));
  EXPECT_EQ(rule.best_epoch(), 0);
  EXPECT_TRUE(rule.observe(2, 1));
  EXPECT_FALSE(rule.observe(3, nan));
  EXPECT_EQ(rule.best_epoch(), 2);
}

TEST(StoppingRuleTest, WithoutPatienceItOnlyFindsTheBest) {
  StoppingRule rule({.patience = 0});
  rule.observe(1, 1);
  for (int epoch = 2; epoch < 100; ++epoch) rule.observe(epoch, 2);
  EXPECT_FALSE(rule.should_stop());
  EXPECT_EQ(rule.best_epoch(), 1);
}

}  // namespace
}  // namespace minnow::test
