// SPDX-License-Identifier: Apache-2.0
#include "src/model/network.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "minnow/error.hpp"

namespace minnow::test {
namespace {

using engine::plan_layers;
using engine::validated;

Layer layer_of(LayerKind kind, int units = 0, ActivationKind activation = ActivationKind::linear, float rate = 0) {
  Layer layer;
  layer.kind = kind;
  layer.units = units;
  layer.activation = make_activation(activation);
  layer.rate = rate;
  return layer;
}

Network sample() {
  return {4,
          {layer_of(LayerKind::dense, 5, ActivationKind::relu), layer_of(LayerKind::dropout, 0, {}, 0.5f),
           layer_of(LayerKind::dense, 3), layer_of(LayerKind::activation, 0, ActivationKind::tanh),
           layer_of(LayerKind::dense, 2, ActivationKind::softmax)}};
}

TEST(NetworkTest, NamesLayersByTheirKindAndNumber) {
  const Network network = validated(sample());
  std::vector<std::string> names;
  for (const Layer& layer : network.layers) names.push_back(layer.name);
  EXPECT_EQ(names, (std::vector<std::string>{"dense1", "dropout1", "dense2", "activation1", "dense3"}));
}

TEST(NetworkTest, KeepsNamesOfEveryCharacterThatIsAllowed) {
  Network network = sample();
  network.layers[0].name = "block-1.Dense_9zZ";
  EXPECT_EQ(validated(network).layers[0].name, "block-1.Dense_9zZ");
  network.layers[0].name = std::string(200, 'a');
  EXPECT_EQ(validated(network).layers[0].name.size(), 200u);
}

TEST(NetworkTest, TensorsLieBackToBack) {
  const std::vector<ParameterTensor> tensors = engine::parameter_tensors(validated(sample()));
  ASSERT_EQ(tensors.size(), 6u);
  EXPECT_EQ(tensors[0].name, "dense1.weight");
  EXPECT_EQ(tensors[1].name, "dense1.bias");
  EXPECT_EQ(tensors[2].rows, 5);
  EXPECT_EQ(tensors[2].cols, 3);
  std::size_t offset = 0;
  for (const ParameterTensor& tensor : tensors) {
    EXPECT_EQ(tensor.offset, offset);
    offset += tensor.size();
  }
  EXPECT_EQ(offset, 4u * 5 + 5 + 5 * 3 + 3 + 3 * 2 + 2);
}

TEST(NetworkTest, PlansLeaveOutWhatDoesNothing) {
  Network network = sample();
  network.layers[1].rate = 0;
  network.layers.push_back(layer_of(LayerKind::activation));
  network.layers[4].activation = {};
  const auto plans = plan_layers(validated(network), Head::softmax);
  ASSERT_EQ(plans.size(), 4u);
  EXPECT_EQ(plans[1].kind, LayerKind::dense);
  EXPECT_EQ(plans[1].tensor, 2);
  EXPECT_EQ(plans[1].inputs, 5);
  EXPECT_EQ(plans[2].activation.kind, ActivationKind::tanh);
  EXPECT_EQ(plans[3].outputs, 2);
  EXPECT_EQ(plan_layers(validated(sample()), Head::softmax).back().activation.kind, ActivationKind::linear)
      << "softmax belongs to the loss";
}

TEST(NetworkTest, DropoutStreamsAreCountedAmongDropouts) {
  Network network = sample();
  network.layers.insert(network.layers.begin(), layer_of(LayerKind::dropout, 0, {}, 0.1f));
  const auto plans = plan_layers(validated(network), Head::softmax);
  EXPECT_EQ(plans[0].ordinal, 0u);
  EXPECT_EQ(plans[2].ordinal, 1u);
}

struct Refusal {
  std::string name;
  std::function<void(Network&)> change;
  std::vector<std::string> words;
};
void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.name;
}

class RefusedNetworkTest : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedNetworkTest, NamesLayerAndValue) {
  Network network = sample();
  GetParam().change(network);
  try {
    Model model(network, 1);
    FAIL() << "nothing was thrown";
  } catch (const UsageError& error) {
    for (const std::string& word : GetParam().words) {
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos)
          << "\"" << error.what() << "\" lacks \"" << word << "\"";
    }
  }
}

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

std::vector<Refusal> refusals() {
  return {Refusal{"NoInputs", [](Network& n) { n.inputs = 0; }, {"0 inputs"}},
          Refusal{"TooManyInputs", [](Network& n) { n.inputs = 2097153; }, {"2097153 inputs", "1 to 2097152"}},
          Refusal{"NoUnits", [](Network& n) { n.layers[2].units = 0; }, {"'dense2'", "0 units"}},
          Refusal{"NegativeUnits", [](Network& n) { n.layers[0].units = -3; }, {"'dense1'", "-3 units"}},
          Refusal{"FullDropout", [](Network& n) { n.layers[1].rate = 1; }, {"'dropout1'", "rate 1", "below 1"}},
          Refusal{"NegativeDropout", [](Network& n) { n.layers[1].rate = -0.1f; }, {"rate -0.1"}},
          Refusal{"NanDropout", [](Network& n) { n.layers[1].rate = nan; }, {"rate nan"}},
          Refusal{"EarlySoftmax",
                  [](Network& n) { n.layers[0].activation.kind = ActivationKind::softmax; },
                  {"'dense1'", "softmax", "last layer"}},
          Refusal{"SoftmaxBeforeDropout",
                  [](Network& n) { n.layers.push_back(layer_of(LayerKind::dropout, 0, {}, 0.5f)); },
                  {"'dense3'", "softmax"}},
          Refusal{"TwoOfAName", [](Network& n) { n.layers[0].name = n.layers[2].name = "x"; }, {"'x'", "two layers"}},
          Refusal{"TakenName", [](Network& n) { n.layers[2].name = "dense1"; }, {"'dense1'", "two layers"}},
          Refusal{"OddName", [](Network& n) { n.layers[0].name = "a\nb"; }, {"letters, digits"}},
          Refusal{"NanActivation",
                  [](Network& n) {
                    n.layers[0].activation = {ActivationKind::elu, nan, 0};
                  },
                  {"'dense1'", "nan"}},
          Refusal{"EmptyHardtanh",
                  [](Network& n) {
                    n.layers[0].activation = {ActivationKind::hardtanh, 1, 1};
                  },
                  {"min is 1 and max is 1"}},
          Refusal{"NegativeSlope",
                  [](Network& n) {
                    n.layers[0].activation = {ActivationKind::leaky_relu, -0.5f, 0};
                  },
                  {"'dense1'", "leaky_relu", "-0.5", "0"}},
          Refusal{"NanConstant",
                  [](Network& n) {
                    n.layers[0].weights = {InitializerKind::constant, nan, 0};
                  },
                  {"'dense1'", "weights", "the value is nan"}},
          Refusal{"UniformBackwards",
                  [](Network& n) {
                    n.layers[0].biases = {InitializerKind::uniform, 1, -1};
                  },
                  {"biases", "low is 1 and high is -1"}},
          Refusal{"UniformOfNoWidth",
                  [](Network& n) {
                    n.layers[0].weights = {InitializerKind::uniform, 1, 1};
                  },
                  {"weights", "low is 1 and high is 1"}},
          Refusal{"NegativeDeviation",
                  [](Network& n) {
                    n.layers[0].weights = {InitializerKind::normal, 0, -1};
                  },
                  {"deviation is -1"}},
          Refusal{"XavierBias",
                  [](Network& n) {
                    n.layers[0].biases = {InitializerKind::xavier_uniform, 0, 0};
                  },
                  {"biases", "for weights"}},
          Refusal{"NoDense", [](Network& n) { n.layers.resize(0); }, {"no dense layer"}}};
}

std::string refusal_name(const testing::TestParamInfo<Refusal>& refusal) {
  return refusal.param.name;
}

INSTANTIATE_TEST_SUITE_P(Values, RefusedNetworkTest, testing::ValuesIn(refusals()), refusal_name);

TEST(NetworkTest, TooManyParametersAreAMemoryError) {
  Network network{2000000, {layer_of(LayerKind::dense, 2000000)}};
  try {
    validated(network);
    FAIL() << "nothing was thrown";
  } catch (const MemoryError& error) {
    EXPECT_NE(std::string(error.what()).find("4.000002e+12"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace minnow::test
