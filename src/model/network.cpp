// SPDX-License-Identifier: Apache-2.0
#include "src/model/network.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include "minnow/error.hpp"
#include "minnow/excerpt.hpp"
#include "src/config/validity.hpp"
#include "src/model/align.hpp"
#include "src/model/memory_check.hpp"
#include "src/model/number_text.hpp"

namespace minnow::engine {
namespace {

[[noreturn]] void refuse(const Layer& layer, const std::string& what) {
  throw UsageError("layer '" + excerpt(layer.name) + "': " + what);
}

constexpr std::size_t longest_name = 200;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/// "dense1" for the first dense layer without a name if it is the first dense layer, and so on.
void name_layers(std::vector<Layer>& layers) {
  std::array<int, layer_kind_count> counts = {};
  std::set<std::string> names;
  for (Layer& layer : layers) {
    expect_enumerator("layer kind", layer.kind, layer_kind_count);
    const std::string kind = to_string(layer.kind);
    const int number = ++counts[static_cast<std::size_t>(layer.kind)];
    if (layer.name.empty()) layer.name = kind + std::to_string(number);
    if (layer.name.size() > longest_name || !std::all_of(layer.name.begin(), layer.name.end(), is_name_character)) {
      refuse(layer, "a layer name has letters, digits, '_', '-' and '.' only, at most " + std::to_string(longest_name));
    }
    if (!names.insert(layer.name).second) {
      refuse(layer, "two layers have this name; give each its own, or none");
    }
  }
}

void check_activation(const Layer& layer, bool last) {
  const Activation& activation = layer.activation;
  const std::string fault = fault_in(activation);
  if (!fault.empty()) refuse(layer, to_string(activation) + ": " + fault);
  if (activation.kind == ActivationKind::softmax && !last) {
    refuse(layer, "softmax stands in the middle of the network, but it can only be the last layer's activation");
  }
}

void check_initializer(const Layer& layer, const Initializer& init, std::string_view which) {
  const std::string fault = fault_in(init);
  if (!fault.empty()) refuse(layer, std::string(which) + ": " + to_string(init) + ": " + fault);
  if (which == "weights") return;
  switch (init.kind) {
    case InitializerKind::zeros:
    case InitializerKind::constant:
    case InitializerKind::uniform:
    case InitializerKind::normal:
    case InitializerKind::input_uniform:
      return;
    case InitializerKind::xavier_uniform:
    case InitializerKind::xavier_normal:
    case InitializerKind::kaiming_uniform:
    case InitializerKind::kaiming_normal:
      refuse(layer, "biases: " + to_string(init) +
                        " is for weights; use zeros, ones, constant, uniform, normal or input_uniform");
  }
}

void check_epsilon(const Layer& layer) {
  if (!(layer.epsilon > 0 && layer.epsilon <= std::numeric_limits<float>::max())) {
    refuse(layer, "epsilon " + number_text(layer.epsilon) + ", expected a finite number above 0");
  }
}

void check_layer(const Layer& layer, bool last) {
  switch (layer.kind) {
    case LayerKind::dense:
      if (layer.units < 1 || layer.units > largest_width) {
        refuse(layer, std::to_string(layer.units) + " units, expected 1 to " + std::to_string(largest_width));
      }
      check_initializer(layer, layer.weights, "weights");
      check_initializer(layer, layer.biases, "biases");
      check_activation(layer, last);
      return;
    case LayerKind::activation:
      check_activation(layer, last);
      return;
    case LayerKind::dropout:
      if (!(layer.rate >= 0 && layer.rate < 1)) {
        refuse(layer, "dropout rate " + number_text(layer.rate) + ", expected at least 0 and below 1");
      }
      return;
    case LayerKind::batch_norm:
      if (!(layer.momentum >= 0 && layer.momentum <= 1)) {
        refuse(layer, "momentum " + number_text(layer.momentum) + ", expected 0 to 1");
      }
      check_epsilon(layer);
      return;
    case LayerKind::layer_norm:
      check_epsilon(layer);
      return;
  }
}

void check_size(const Network& network) {
  double count = 0;
  int width = network.inputs;
  for (const Layer& layer : network.layers) {
    const int inputs = width;
    if (layer.kind == LayerKind::dense) width = layer.units;
    for (const ParameterTensor::Role role : tensor_roles(layer.kind)) {
      const std::int64_t rows = role == ParameterTensor::Role::weight ? inputs : 1;
      count += static_cast<double>(padded(rows * width));
    }
  }
  if (count > std::numeric_limits<int>::max()) {
    throw MemoryError("the network has " + number_text(count) +
                      " parameters, but a network may have 2147483647: use narrower layers");
  }
  expect_memory("the network of " + number_text(count) + " parameters", count * sizeof(float), "use narrower layers");
}

bool belongs_to_loss(const Layer& layer, bool last, Head head) {
  const ActivationKind kind = layer.activation.kind;
  return kind == ActivationKind::softmax || (last && head == Head::sigmoid && kind == ActivationKind::sigmoid);
}

}  // namespace

Network validated(Network network) {
  if (network.inputs < 1 || network.inputs > largest_width) {
    throw UsageError("the network has " + std::to_string(network.inputs) + " inputs, expected 1 to " +
                     std::to_string(largest_width));
  }
  name_layers(network.layers);
  bool dense = false;
  for (const Layer& layer : network.layers) {
    check_layer(layer, &layer == &network.layers.back());
    dense = dense || layer.kind == LayerKind::dense;
  }
  if (!dense) throw UsageError("the network has no dense layer, so there is nothing to train: add one");
  check_size(network);
  return network;
}

std::span<const ParameterTensor::Role> tensor_roles(LayerKind kind) {
  using enum ParameterTensor::Role;
  static constexpr ParameterTensor::Role dense[] = {weight, bias};
  static constexpr ParameterTensor::Role normalization[] = {gamma, beta, running_mean, running_variance};
  switch (kind) {
    case LayerKind::dense:
      return dense;
    case LayerKind::batch_norm:
      return normalization;
    case LayerKind::layer_norm:
      return std::span(normalization).first(2);
    case LayerKind::activation:
    case LayerKind::dropout:
      break;
  }
  return {};
}

std::vector<ParameterTensor> parameter_tensors(const Network& network) {
  // torch.nn's names; those of the file format.
  static constexpr std::string_view names[] = {".weight", ".bias", ".weight", ".bias", ".running_mean", ".running_var"};
  std::vector<ParameterTensor> tensors;
  std::size_t offset = 0;
  int width = network.inputs;
  for (const Layer& layer : network.layers) {
    const int inputs = width;
    if (layer.kind == LayerKind::dense) width = layer.units;
    for (const ParameterTensor::Role role : tensor_roles(layer.kind)) {
      const int rows = role == ParameterTensor::Role::weight ? inputs : 1;
      const std::string name = layer.name + std::string(names[static_cast<std::size_t>(role)]);
      tensors.push_back({name, rows, width, offset, role});
      offset += tensors.back().size();
    }
  }
  return tensors;
}

std::size_t parameter_count(const Network& network) {
  std::size_t count = 0;
  for (const ParameterTensor& tensor : parameter_tensors(network)) count += tensor.size();
  return count;
}

int output_width(const Network& network) {
  int width = network.inputs;
  for (const Layer& layer : network.layers) {
    if (layer.kind == LayerKind::dense) width = layer.units;
  }
  return width;
}

ActivationKind last_activation(const Network& network) {
  const Layer& last = network.layers.back();
  return last.kind == LayerKind::dropout ? ActivationKind::linear : last.activation.kind;
}

std::vector<LayerPlan> plan_layers(const Network& network, Head head) {
  std::vector<LayerPlan> plans;
  std::array<std::uint32_t, layer_kind_count> counts = {};
  int width = network.inputs, tensors = 0;
  for (const Layer& layer : network.layers) {
    LayerPlan plan{.kind = layer.kind, .name = layer.name, .inputs = width, .outputs = width};
    plan.ordinal = counts[static_cast<std::size_t>(layer.kind)]++;
    const bool is_last = &layer == &network.layers.back();
    if (layer.kind == LayerKind::dense) plan.outputs = width = layer.units;
    plan.tensor = tensors;
    tensors += static_cast<int>(tensor_roles(layer.kind).size());
    if (layer.kind == LayerKind::dropout) plan.rate = layer.rate;
    plan.momentum = layer.momentum;
    plan.epsilon = layer.epsilon;
    const bool activates = layer.kind == LayerKind::dense || layer.kind == LayerKind::activation;
    if (activates && !belongs_to_loss(layer, is_last, head)) plan.activation = layer.activation;
    const bool idle = (layer.kind == LayerKind::dropout && layer.rate == 0) ||
                      (layer.kind == LayerKind::activation && plan.activation.kind == ActivationKind::linear);
    if (!idle) plans.push_back(plan);
  }
  return plans;
}

}  // namespace minnow::engine

namespace minnow {

Network make_mlp(int inputs, const std::vector<int>& hidden, int outputs, const Activation& activation, float dropout) {
  Network network{inputs, {}};
  for (const int units : hidden) {
    Layer dense;
    dense.units = units;
    dense.activation = activation;
    network.layers.push_back(dense);
    if (dropout != 0) {
      Layer layer;
      layer.kind = LayerKind::dropout;
      layer.rate = dropout;
      network.layers.push_back(layer);
    }
  }
  Layer output;
  output.units = outputs;
  network.layers.push_back(output);
  return network;
}

}  // namespace minnow
