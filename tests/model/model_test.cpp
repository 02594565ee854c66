// SPDX-License-Identifier: Apache-2.0
#include "minnow/model.hpp"

#include <gtest/gtest.h>

namespace minnow::test {
namespace {

Network sample() {
  return make_mlp(784, {128, 64}, 10, make_activation(ActivationKind::relu), 0.2f);
}

TEST(ModelTest, HasTheShapesOfItsNetwork) {
  const Model model(sample(), 1);
  EXPECT_EQ(model.inputs(), 784);
  EXPECT_EQ(model.outputs(), 10);
  EXPECT_EQ(model.parameter_count(), 109386u);
  EXPECT_EQ(model.tensors().size(), 6u);
  EXPECT_EQ(model.seed(), 1u);
  EXPECT_EQ(model.network().layers[0].name, "dense1");
}

TEST(ModelTest, TheSeedDecidesTheWeights) {
  EXPECT_EQ(Model(sample(), 1).weights_hash(), Model(sample(), 1).weights_hash());
  EXPECT_NE(Model(sample(), 1).weights_hash(), Model(sample(), 2).weights_hash());
}

/// Fixed once and for all: a change here changes every result that was ever published.
TEST(ModelTest, InitialWeightsNeverChange) {
  EXPECT_EQ(Model(sample(), 1).weights_hash(), 4281965763119473389u);
}

TEST(ModelTest, DropoutDoesNotChangeInitialWeights) {
  const Model without(make_mlp(784, {128, 64}, 10, make_activation(ActivationKind::relu), 0), 1);
  EXPECT_EQ(without.weights_hash(), Model(sample(), 1).weights_hash());
}

TEST(ModelTest, TheHashSeesEveryBit) {
  Model model(sample(), 1);
  const std::uint64_t before = model.weights_hash();
  model.parameters().back() = -0.0f;  // the last bias was +0
  EXPECT_NE(model.weights_hash(), before);
}

TEST(ModelTest, SummaryListsEveryLayer) {
  EXPECT_EQ(Model(sample(), 1).summary(),
            "layer     outputs  parameters  activation\n"
            "input         784\n"
            "dense1        128      100480  relu\n"
            "dropout1      128           0  rate 0.2\n"
            "dense2         64        8256  relu\n"
            "dropout2       64           0  rate 0.2\n"
            "dense3         10         650  linear\n"
            "total                  109386\n");
}

}  // namespace
}  // namespace minnow::test
