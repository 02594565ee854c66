// SPDX-License-Identifier: Apache-2.0
#include "minnow/model.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "minnow/error.hpp"
#include "tests/support/files.hpp"

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

void expect_empty(const Model& model) {
  EXPECT_EQ(model.inputs(), 0);
  EXPECT_EQ(model.outputs(), 0);
  EXPECT_EQ(model.seed(), 0u);
  EXPECT_EQ(model.parameter_count(), 0u);
  EXPECT_TRUE(model.tensors().empty());
  EXPECT_EQ(model.network(), Network{});
  EXPECT_EQ(model.summary(), Model().summary());
  const Dataset data = Dataset::from_floats("d", {1, 2}, 2, {0}, 1);
  expect_error<UsageError>([&] { predict(model, data, Head::softmax); }, {"an empty model cannot predict"});
  expect_error<UsageError>([&] { evaluate(model, data, {}); }, {"an empty model cannot be evaluated"});
  expect_error<UsageError>([&] { model.save("/nonexistent/m"); }, {"no layers"});
}

/// It used to keep its number of inputs and outputs.
TEST(ModelTest, IsEmptyWhenItWasMovedFrom) {
  Model model(make_mlp(2, {3}, 4, make_activation(ActivationKind::relu), 0), 5);
  const std::uint64_t hash = model.weights_hash();
  Model taken = std::move(model);
  expect_empty(model);
  Model other(make_mlp(1, {}, 1, make_activation(ActivationKind::relu), 0), 6);
  other = std::move(taken);
  expect_empty(taken);
  EXPECT_EQ(other.weights_hash(), hash);
  EXPECT_EQ(other.outputs(), 4);
  EXPECT_EQ(other.seed(), 5u);
  Model& itself = other;
  other = std::move(itself);
  expect_empty(other);
}

TEST(ModelTest, TakesTheParametersOfAModelOfTheSameShapes) {
  const Network network = make_mlp(2, {3}, 4, make_activation(ActivationKind::relu), 0);
  Network renamed = network;
  renamed.layers[0].name = "first";
  const Model given(renamed, 5);
  Model model(network, 6);
  model.take_parameters(given);
  EXPECT_EQ(model.weights_hash(), given.weights_hash());
  EXPECT_EQ(model.seed(), 6u);
  const auto made = [](int inputs, const std::vector<int>& hidden, int outputs) {
    return Model(make_mlp(inputs, hidden, outputs, make_activation(ActivationKind::relu), 0), 1);
  };
  const std::uint64_t before = model.weights_hash();
  expect_error<ModelError>([&] { model.take_parameters(made(2, {3, 3}, 4)); }, {"6 parameter tensors", "has 4"});
  expect_error<ModelError>([&] { model.take_parameters(made(2, {3}, 5)); },
                           {"'dense2.weight' [3, 5]", "'dense2.weight' [3, 4]", "describe the same layers"});
  expect_error<ModelError>([&] { model.take_parameters(Model()); }, {"0 parameter tensors"});
  EXPECT_EQ(model.weights_hash(), before);
}

}  // namespace
}  // namespace minnow::test
