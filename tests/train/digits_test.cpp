// SPDX-License-Identifier: Apache-2.0
/// The drawn digits tell networks apart: too hard for a linear model, not for W0's net.
#include <gtest/gtest.h>

#include "tests/train/training_data.hpp"

namespace minnow::test {
namespace {

double validation_accuracy(std::uint64_t seed, const std::vector<int>& hidden, int epochs) {
  Dataset train = make_digits(24000, seed);
  const Dataset validation = train.split_last(4000);
  Runtime runtime;
  runtime.device.kind = DeviceKind::cpu;
  Model model(make_mlp(784, hidden, 10, make_activation(ActivationKind::relu), 0), 1);
  Trainer trainer(small_training(epochs, 64, OptimizerKind::adam, 0.002f), runtime);
  return trainer.fit(model, train, validation).history.back().validation.accuracy;
}

TEST(DigitsTest, AreTooHardForALinearModelAndNotForANet) {
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    EXPECT_LT(validation_accuracy(seed, {}, 30), 0.95) << seed;
    EXPECT_GT(validation_accuracy(seed, {128, 64}, 3), 0.97) << seed;
  }
}

}  // namespace
}  // namespace minnow::test
