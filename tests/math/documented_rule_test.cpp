// SPDX-License-Identifier: Apache-2.0
/// The example of docs/adding-an-optimizer.md, compiled as it stands there, and what docs/optimizers.md lists.
#include <gtest/gtest.h>

#include "kernels/math/schedule.hpp"
#include "kernels/math/update_rule.hpp"
#include "tests/support/repository.hpp"

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

TEST(OptimizerDocumentation, HasARowForEveryRule) {
  const std::string page = test::repository_text("docs/optimizers.md");
  for (int k = 0; k < optimizer_count; ++k) {
    visit(static_cast<OptimizerKind>(k), [&]<class Rule>(Rule) {
      std::string others;
      for (std::size_t i = 1; i < Rule::names.size(); ++i) {
        others += (i == 1 ? "`" : ", `") + std::string(Rule::names[i]) + "`";
      }
      const std::string row = "| `" + std::string(Rule::names[0]) + "` " + (others.empty() ? "" : "(" + others + ") ");
      EXPECT_NE(page.find("\n" + row + "| "), page.npos) << row;
    });
  }
}

}  // namespace
}  // namespace minnow::math
