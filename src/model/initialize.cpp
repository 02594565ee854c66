// SPDX-License-Identifier: Apache-2.0
#include "src/model/initialize.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/math/activation.hpp"
#include "kernels/math/philox.hpp"
#include "minnow/error.hpp"
#include "src/model/network.hpp"

namespace minnow::engine {

using kernels::Distribution;
using kernels::Purpose;

double activation_gain(const Activation& activation) {
  return math::visit(activation, [](const auto& formula) { return formula.gain(); });
}

namespace {

Distribution uniform_within(double bound) {
  return {Distribution::Kind::uniform, static_cast<float>(-bound), static_cast<float>(bound)};
}

Distribution centered_normal(double deviation) {
  return {Distribution::Kind::normal, 0, static_cast<float>(deviation)};
}

/// The activation that the layer's outputs meet: its own, or that of the activation layer behind it.
Activation activation_after(const Network& network, std::size_t index) {
  const Activation& own = network.layers[index].activation;
  if (own.kind != ActivationKind::linear) return own;
  for (std::size_t next = index + 1; next < network.layers.size(); ++next) {
    if (network.layers[next].kind == LayerKind::activation) return network.layers[next].activation;
    if (network.layers[next].kind == LayerKind::dense) break;
  }
  return own;
}

}  // namespace

Distribution initial_distribution(const Initializer& initializer, double gain, const Fans& fans) {
  const double fan_sum = static_cast<double>(fans.inputs) + fans.outputs;
  const double fan = initializer.fan == Initializer::Fan::in ? fans.inputs : fans.outputs;
  switch (initializer.kind) {
    case InitializerKind::zeros:
      return {Distribution::Kind::uniform, 0, 0};
    case InitializerKind::constant:
      return {Distribution::Kind::uniform, initializer.alpha, initializer.alpha};
    case InitializerKind::uniform:
      return {Distribution::Kind::uniform, initializer.alpha, initializer.beta};
    case InitializerKind::normal:
      return {Distribution::Kind::normal, initializer.alpha, initializer.beta};
    case InitializerKind::input_uniform:
      return uniform_within(1 / std::sqrt(fans.network_inputs));
    case InitializerKind::xavier_uniform:
      return uniform_within(gain * std::sqrt(6 / fan_sum));
    case InitializerKind::xavier_normal:
      return centered_normal(gain * std::sqrt(2 / fan_sum));
    case InitializerKind::kaiming_uniform:
      return uniform_within(gain * std::sqrt(3 / fan));
    case InitializerKind::kaiming_normal:
      return centered_normal(gain / std::sqrt(fan));
  }
  throw InternalError("unknown initializer " + std::to_string(static_cast<int>(initializer.kind)));
}

void draw(std::span<float> values, const Distribution& distribution, std::uint64_t seed, Purpose purpose,
          std::uint32_t layer) {
  const auto stream = static_cast<std::uint32_t>(purpose);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (distribution.kind == Distribution::Kind::uniform) {
      values[i] = math::to_uniform(math::random_bits(seed, stream, layer, 0, i), distribution.a, distribution.b);
    } else {
      values[i] = math::fma(math::random_normal(seed, stream, layer, 0, i), distribution.b, distribution.a);
    }
  }
}

std::vector<float> initial_parameters(const Network& network, std::uint64_t seed) {
  const std::vector<ParameterTensor> tensors = parameter_tensors(network);
  std::vector<float> parameters(tensors.back().offset + tensors.back().size());
  for (const ParameterTensor& tensor : tensors) {  // of normalizations: y = x
    using enum ParameterTensor::Role;
    const bool one = tensor.role == gamma || tensor.role == running_variance;
    std::fill_n(parameters.begin() + static_cast<std::ptrdiff_t>(tensor.offset), tensor.size(), one ? 1.0F : 0.0F);
  }
  std::uint32_t dense = 0;
  std::size_t next = 0;
  for (std::size_t index = 0; index < network.layers.size(); ++index) {
    const Layer& layer = network.layers[index];
    const std::size_t tensor = next;
    next += tensor_roles(layer.kind).size();
    if (layer.kind != LayerKind::dense) continue;
    const ParameterTensor& weights = tensors[tensor];
    const ParameterTensor& biases = tensors[tensor + 1];
    const Fans fans{weights.rows, weights.cols, network.inputs};
    const double gain = activation_gain(activation_after(network, index));
    const std::span<float> all(parameters);
    draw(all.subspan(weights.offset, weights.size()), initial_distribution(layer.weights, gain, fans), seed,
         Purpose::weights, dense);
    draw(all.subspan(biases.offset, biases.size()), initial_distribution(layer.biases, gain, fans), seed,
         Purpose::biases, dense);
    ++dense;
  }
  return parameters;
}

}  // namespace minnow::engine
