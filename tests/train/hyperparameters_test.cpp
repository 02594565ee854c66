// SPDX-License-Identifier: Apache-2.0
#include "src/train/hyperparameters.hpp"

#include <gtest/gtest.h>

#include "minnow/error.hpp"

namespace minnow::test {
namespace {

TEST(HyperparametersTest, AreThoseOfAllOrOfEachModel) {
  Training training;
  training.optimizer.learning_rate = 0.5f;
  training.schedule.warmup = 2;
  training.early_stopping.patience = 3;
  const Hyperparameters shared = {training.optimizer, training.schedule, training.early_stopping};
  EXPECT_EQ(hyperparameters(training, 0), shared);
  EXPECT_EQ(hyperparameters(training, 7), shared);
  EXPECT_EQ(engine::all_hyperparameters(training), std::vector{shared});

  training.models.resize(3);
  for (std::size_t m = 0; m < 3; ++m) training.models[m].optimizer.learning_rate = static_cast<float>(m);
  for (std::size_t m = 0; m < 3; ++m) {
    EXPECT_EQ(hyperparameters(training, m).optimizer.learning_rate, static_cast<float>(m));
  }
  EXPECT_EQ(engine::all_hyperparameters(training), training.models);
  EXPECT_THROW(hyperparameters(training, 3), UsageError);
}

}  // namespace
}  // namespace minnow::test
