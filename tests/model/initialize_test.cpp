// SPDX-License-Identifier: Apache-2.0
#include "src/model/initialize.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "minnow/model.hpp"
#include "tests/support/backends.hpp"

namespace minnow::test {
namespace {

using engine::activation_gain;
using kernels::Purpose;

struct Moments {
  double mean = 0, deviation = 0, low = 0, high = 0;
};

Moments moments_of(const Initializer& initializer, const Activation& activation, int inputs, int outputs) {
  Network network = make_mlp(inputs, {outputs}, 1, activation, 0);
  network.layers[0].weights = initializer;
  const Model model(network, 11);
  const std::span<const float> w =
      model.parameters().first(static_cast<std::size_t>(inputs) * static_cast<std::size_t>(outputs));
  Moments moments;
  for (const float value : w) moments.mean += value;
  moments.mean /= static_cast<double>(w.size());
  for (const float value : w) moments.deviation += (value - moments.mean) * (value - moments.mean);
  moments.deviation = std::sqrt(moments.deviation / static_cast<double>(w.size()));
  moments.low = *std::min_element(w.begin(), w.end());
  moments.high = *std::max_element(w.begin(), w.end());
  return moments;
}

/// 200,704 draws: the sample's deviation is off by 0.16 % (one standard error of a normal's), its mean by 0.22 % of it.
void expect_deviation(const Initializer& initializer, ActivationKind kind, double deviation) {
  const Moments moments = moments_of(initializer, make_activation(kind), 784, 256);
  EXPECT_NEAR(moments.deviation, deviation, 0.01 * deviation) << to_string(initializer);
  EXPECT_NEAR(moments.mean, 0, 0.01 * deviation) << to_string(initializer);
  const bool uniform =
      initializer.kind == InitializerKind::kaiming_uniform || initializer.kind == InitializerKind::xavier_uniform;
  if (!uniform) return;
  EXPECT_NEAR(moments.high, std::sqrt(3.0) * deviation, 0.001 * deviation);
  EXPECT_NEAR(moments.low, -std::sqrt(3.0) * deviation, 0.001 * deviation);
}

/// Weights [1, 64] and biases [1, 64] of one distribution, in two layers: no number is drawn twice.
TEST(InitializeTest, EveryTensorHasItsOwnStream) {
  Network network = make_mlp(1, {64}, 1, make_activation(ActivationKind::relu), 0);
  network.layers.insert(network.layers.begin(), network.layers.front());
  network.layers[0].units = 1;
  network.layers[0].name = "first";
  network.layers[1].units = 64;
  for (Layer& layer : network.layers) {
    layer.weights = layer.biases = {InitializerKind::uniform, 1, 2};
  }
  const Model model(network, 1);
  std::vector<float> drawn(model.parameters().begin(), model.parameters().end());
  std::ranges::sort(drawn);
  EXPECT_EQ(std::ranges::adjacent_find(drawn), drawn.end()) << "of 195 numbers, 2^23 apart: a chance of 0.2 %";
}

TEST(InitializeTest, KaimingHasTheDeviationOfHe) {
  const double he = std::sqrt(2.0 / 784);
  EXPECT_NEAR(he, 0.0505, 0.00005);
  expect_deviation({InitializerKind::kaiming_normal, 0, 0}, ActivationKind::relu, he);
  expect_deviation({InitializerKind::kaiming_uniform, 0, 0}, ActivationKind::relu, he);
  expect_deviation({InitializerKind::kaiming_normal, 0, 0}, ActivationKind::tanh, 5.0 / 3 / 28);
  expect_deviation({InitializerKind::kaiming_uniform, 0, 0}, ActivationKind::sigmoid, 1.0 / 28);
  expect_deviation({InitializerKind::kaiming_normal, 0, 0}, ActivationKind::selu, 0.75 / 28);
}

TEST(InitializeTest, KaimingMayKeepTheVarianceOnTheWayBack) {
  expect_deviation({InitializerKind::kaiming_normal, 0, 0, Initializer::Fan::out}, ActivationKind::relu,
                   std::sqrt(2.0 / 256));
  expect_deviation({InitializerKind::kaiming_uniform, 0, 0, Initializer::Fan::out}, ActivationKind::relu,
                   std::sqrt(2.0 / 256));
}

TEST(InitializeTest, InputUniformDependsOnTheInputsOfTheNetwork) {
  Network network = make_mlp(16, {1000, 1000}, 1, {}, 0);
  for (Layer& layer : network.layers) layer.weights = layer.biases = parse_initializer("input_uniform");
  const Model model(network, 3);
  for (const ParameterTensor& tensor : model.tensors()) {
    const std::span<const float> values = model.parameters().subspan(tensor.offset, tensor.size());
    const float largest = *std::max_element(values.begin(), values.end());
    EXPECT_LT(largest, 0.25f) << tensor.name;
    if (tensor.size() >= 1000) {
      EXPECT_GT(largest, 0.248f) << tensor.name;
    }
  }
}

/// Mean, deviation, skewness and kurtosis of 2^20 draws, each within five standard errors.
TEST(InitializeTest, MomentsOfAMillionDraws) {
  for (const char* text : {"normal(0,1)", "uniform(-1,1)", "kaiming_normal", "xavier_uniform"}) {
    Network network = make_mlp(1024, {1024}, 1, make_activation(ActivationKind::relu), 0);
    network.layers[0].weights = parse_initializer(text);
    const Model model(network, 5);
    const std::span<const float> w = model.parameters().first(std::size_t{1} << 20);
    const double n = static_cast<double>(w.size());
    double moments[5] = {};
    for (const float value : w) moments[1] += value / n;
    for (const float value : w) {
      for (int k = 2; k < 5; ++k) moments[k] += std::pow(value - moments[1], k) / n;
    }
    const bool normal = network.layers[0].weights.kind == InitializerKind::normal ||
                        network.layers[0].weights.kind == InitializerKind::kaiming_normal;
    const double expected[] = {1, 1 / std::sqrt(3.0), std::sqrt(2.0 / 1024), std::sqrt(2.0) * std::sqrt(2.0 / 2048)};
    const int index = text[0] == 'n' ? 0 : text[0] == 'u' ? 1 : text[0] == 'k' ? 2 : 3;
    const double deviation = std::sqrt(moments[2]), kurtosis = normal ? 3 : 1.8;
    EXPECT_NEAR(moments[1], 0, 5 * deviation / std::sqrt(n)) << text;
    EXPECT_NEAR(deviation / expected[index], 1, 5 * std::sqrt((kurtosis - 1) / 4 / n)) << text;
    EXPECT_NEAR(moments[3] / std::pow(deviation, 3), 0, 5 * std::sqrt((normal ? 6.0 : 2.1) / n)) << text;
    EXPECT_NEAR(moments[4] / std::pow(deviation, 4), kurtosis, 5 * std::sqrt((normal ? 24.0 : 0.5) / n)) << text;
  }
}

TEST(InitializeTest, XavierUsesBothFans) {
  const double glorot = std::sqrt(2.0 / (784 + 256));
  expect_deviation({InitializerKind::xavier_normal, 0, 0}, ActivationKind::linear, glorot);
  expect_deviation({InitializerKind::xavier_uniform, 0, 0}, ActivationKind::tanh, 5.0 / 3 * glorot);
  expect_deviation({InitializerKind::xavier_uniform, 0, 0}, ActivationKind::relu, std::sqrt(2.0) * glorot);
}

TEST(InitializeTest, GainsAreTorchsCalculateGain) {
  EXPECT_DOUBLE_EQ(activation_gain(make_activation(ActivationKind::linear)), 1);
  EXPECT_DOUBLE_EQ(activation_gain(make_activation(ActivationKind::sigmoid)), 1);
  EXPECT_DOUBLE_EQ(activation_gain(make_activation(ActivationKind::tanh)), 5.0 / 3);
  EXPECT_DOUBLE_EQ(activation_gain(make_activation(ActivationKind::relu)), std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(activation_gain(make_activation(ActivationKind::selu)), 0.75);
  EXPECT_NEAR(activation_gain(make_activation(ActivationKind::leaky_relu)), std::sqrt(2 / 1.0001), 1e-9);
  EXPECT_NEAR(activation_gain({ActivationKind::leaky_relu, 0.2f, 0}), std::sqrt(2 / 1.04), 1e-8);
  for (int kind = 0; kind < activation_count; ++kind) {
    EXPECT_GT(activation_gain(make_activation(static_cast<ActivationKind>(kind))), 0);
  }
}

TEST(InitializeTest, TheGainIsTakenFromAnActivationLayerBehind) {
  Network network = make_mlp(40, {50}, 2, make_activation(ActivationKind::linear), 0);
  const Model linear(network, 1);
  Layer activation;
  activation.kind = LayerKind::activation;
  activation.activation = make_activation(ActivationKind::relu);
  network.layers.insert(network.layers.begin() + 1, activation);
  const Model relu(network, 1);
  EXPECT_NEAR(relu.parameters()[7] / linear.parameters()[7], std::sqrt(2.0), 1e-6);
}

TEST(InitializeTest, PlainDistributions) {
  const Moments uniform = moments_of({InitializerKind::uniform, -0.25f, 0.75f}, {}, 300, 300);
  EXPECT_NEAR(uniform.mean, 0.25, 0.005);
  EXPECT_NEAR(uniform.deviation, 1 / std::sqrt(12.0), 0.003);
  EXPECT_GE(uniform.low, -0.25);
  EXPECT_LE(uniform.high, 0.75);
  const Moments normal = moments_of({InitializerKind::normal, 2, 0.5f}, {}, 300, 300);
  EXPECT_NEAR(normal.mean, 2, 0.01);
  EXPECT_NEAR(normal.deviation, 0.5, 0.005);
  const Moments constant = moments_of({InitializerKind::constant, 0.1f, 0}, {}, 10, 10);
  EXPECT_EQ(constant.low, static_cast<double>(0.1f));
  EXPECT_EQ(constant.high, static_cast<double>(0.1f));
  const Moments zeros = moments_of({InitializerKind::zeros, 0, 0}, {}, 10, 10);
  EXPECT_EQ(zeros.low, 0);
  EXPECT_EQ(zeros.high, 0);
}

class BackendDrawTest : public BackendTest {};

TEST_P(BackendDrawTest, HostAndBackendDrawTheSameBits) {
  const std::uint64_t seeds[] = {5, 0x123456789abcdef0u};
  for (const kernels::Distribution& distribution :
       {kernels::Distribution{kernels::Distribution::Kind::uniform, -0.3f, 0.7f},
        kernels::Distribution{kernels::Distribution::Kind::normal, 0.25f, 1.5f}}) {
    const kernels::Memory memory = backend().allocate(2 * 257 * backend().real_size());
    const kernels::View x{memory.data(), 0, 2, 1, 257, 257};
    backend().random(x, distribution, seeds, Purpose::weights, 3);
    std::vector<float> drawn(2 * 257), host(257);
    backend().download_reals(std::span<float>(drawn), x);
    for (int m = 0; m < 2; ++m) {
      engine::draw(host, distribution, seeds[m], Purpose::weights, 3);
      EXPECT_TRUE(std::equal(host.begin(), host.end(), drawn.begin() + 257 * m)) << "model " << m;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, BackendDrawTest, testing::ValuesIn(backend_cases()), backend_case_name);

}  // namespace
}  // namespace minnow::test
