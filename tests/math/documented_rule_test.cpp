// SPDX-License-Identifier: Apache-2.0
/// The example of docs/adding-an-optimizer.md, compiled as it stands there.
#include <gtest/gtest.h>

#include "kernels/math/schedule.hpp"
#include "kernels/math/update_rule.hpp"

#define signum sgd  // the enumerator that the document adds; here another one stands in its place

namespace minnow::math {
namespace {

#include "documented_rule.inc"

TEST(DocumentedRule, StepsBySigns) {
  kernels::ModelState model;
  model.optimizer = Signum::defaults;
  model.optimizer.learning_rate = 0.25f;
  prepare(model, 0);
  float parameters[] = {1, 1, 1}, state[3] = {};
  const float gradients[] = {2, -0.5f, 0};
  for (int step = 0; step < 2; ++step) {
    for (int i = 0; i < 3; ++i) {
      update_parameter<Signum>(model.optimizer, model.rates, true, parameters[i], gradients[i], state + i, 3);
    }
  }
  EXPECT_EQ(parameters[0], 0.5f);
  EXPECT_EQ(parameters[1], 1.5f);
  EXPECT_EQ(parameters[2], 1.0f);
  EXPECT_FLOAT_EQ(state[0], 2 * (1 - 0.9f * 0.9f));
}

}  // namespace
}  // namespace minnow::math
