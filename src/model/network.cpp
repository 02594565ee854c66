// SPDX-License-Identifier: Apache-2.0
#include "src/model/network.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include "kernels/math/activation.hpp"
#include "minnow/error.hpp"
#include "src/model/number_text.hpp"

namespace minnow::engine {
namespace {

[[noreturn]] void refuse(const Layer& layer, const std::string& what) {
  throw UsageError("layer '" + layer.name + "': " + what);
}

std::string_view kind_name(LayerKind kind) {
  switch (kind) {
    case LayerKind::dense:
      return "dense";
    case LayerKind::activation:
      return "activation";
    case LayerKind::dropout:
      return "dropout";
  }
  throw UsageError("unknown layer kind " + std::to_string(static_cast<int>(kind)));
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/// "dense1" for the first dense layer without a name if it is the first dense layer, and so on.
void name_layers(std::vector<Layer>& layers) {
  std::array<int, 3> counts = {};
  std::set<std::string> names;
  for (Layer& layer : layers) {
    const std::string_view kind = kind_name(layer.kind);
    const int number = ++counts[static_cast<std::size_t>(layer.kind)];
    if (layer.name.empty()) layer.name = std::string(kind) + std::to_string(number);
    if (!std::all_of(layer.name.begin(), layer.name.end(), is_name_character)) {
      refuse(layer, "a layer name has letters, digits, '_', '-' and '.' only");
    }
    if (!names.insert(layer.name).second) {
      refuse(layer, "two layers have this name; give each its own, or none");
    }
  }
}

void check_activation(const Layer& layer, bool last) {
  const Activation& activation = layer.activation;
  const float values[] = {activation.alpha, activation.beta};
  math::visit(activation, [&](const auto& formula) {
    std::size_t index = 0;
    for (const math::Parameter& parameter : formula.parameters) {
      const float value = values[index++];
      if (std::isfinite(value) && value >= parameter.minimum) continue;
      const std::string least = std::isfinite(parameter.minimum) ? ", at least " + number_text(parameter.minimum) : "";
      refuse(layer, std::string(formula.names[0]) + " with " + std::string(parameter.name) + " " + number_text(value) +
                        ", expected a finite number" + least);
    }
  });
  if (activation.kind == ActivationKind::hardtanh && !(activation.alpha < activation.beta)) {
    refuse(layer, "hardtanh from " + number_text(activation.alpha) + " to " + number_text(activation.beta) +
                      ": the lower end must be the smaller one");
  }
  if (activation.kind == ActivationKind::softmax && !last) {
    refuse(layer, "softmax stands in the middle of the network, but it can only be the last layer's activation");
  }
}

void check_initializer(const Layer& layer, const Initializer& init, std::string_view which) {
  const auto refuse_values = [&](const std::string& what) { refuse(layer, std::string(which) + ": " + what); };
  switch (init.kind) {
    case InitializerKind::zeros:
      return;
    case InitializerKind::constant:
      if (!std::isfinite(init.alpha)) refuse_values("constant " + number_text(init.alpha) + " is not finite");
      return;
    case InitializerKind::uniform:
      if (std::isfinite(init.alpha) && std::isfinite(init.beta) && init.alpha <= init.beta) return;
      refuse_values("uniform from " + number_text(init.alpha) + " to " + number_text(init.beta) +
                    ", expected finite ends, the lower one first");
      return;
    case InitializerKind::normal:
      if (std::isfinite(init.alpha) && std::isfinite(init.beta) && init.beta >= 0) return;
      refuse_values("normal with mean " + number_text(init.alpha) + " and standard deviation " +
                    number_text(init.beta) + ", expected finite numbers and a deviation of 0 or more");
      return;
    case InitializerKind::xavier_uniform:
    case InitializerKind::xavier_normal:
    case InitializerKind::kaiming_uniform:
    case InitializerKind::kaiming_normal:
      if (which == "weights") return;
      refuse_values("xavier and kaiming are for weights; use zeros, constant, uniform or normal");
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
  }
}

void check_size(const Network& network) {
  double count = 0;
  int width = network.inputs;
  for (const Layer& layer : network.layers) {
    if (layer.kind != LayerKind::dense) continue;
    count += (static_cast<double>(width) + 1) * layer.units;
    width = layer.units;
  }
  const double bytes = count * sizeof(float);
  if (count > std::numeric_limits<int>::max() || bytes > static_cast<double>(physical_memory())) {
    throw MemoryError("the network has " + number_text(count) + " parameters (" + bytes_text(bytes) +
                      "), but this machine has " + bytes_text(static_cast<double>(physical_memory())) +
                      " and a network may have 2147483647 parameters: use narrower layers");
  }
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

std::vector<ParameterTensor> parameter_tensors(const Network& network) {
  std::vector<ParameterTensor> tensors;
  std::size_t offset = 0;
  const auto add = [&](const std::string& name, int rows, int cols) {
    tensors.push_back({name, rows, cols, offset});
    offset += tensors.back().size();
  };
  int width = network.inputs;
  for (const Layer& layer : network.layers) {
    if (layer.kind != LayerKind::dense) continue;
    add(layer.name + ".weight", width, layer.units);
    add(layer.name + ".bias", 1, layer.units);
    width = layer.units;
  }
  return tensors;
}

int output_width(const Network& network) {
  int width = network.inputs;
  for (const Layer& layer : network.layers) {
    if (layer.kind == LayerKind::dense) width = layer.units;
  }
  return width;
}

std::vector<LayerPlan> plan_layers(const Network& network) {
  std::vector<LayerPlan> plans;
  std::array<std::uint32_t, 3> counts = {};
  int width = network.inputs;
  for (const Layer& layer : network.layers) {
    LayerPlan plan{.kind = layer.kind, .name = layer.name, .inputs = width, .outputs = width};
    plan.ordinal = counts[static_cast<std::size_t>(layer.kind)]++;
    if (layer.kind == LayerKind::dense) {
      plan.outputs = width = layer.units;
      plan.weights = static_cast<int>(2 * plan.ordinal);
    }
    if (layer.kind == LayerKind::dropout) {
      plan.rate = layer.rate;
    } else if (layer.activation.kind != ActivationKind::softmax) {
      plan.activation = layer.activation;
    }
    const bool idle = (layer.kind == LayerKind::dropout && layer.rate == 0) ||
                      (layer.kind == LayerKind::activation && plan.activation.kind == ActivationKind::linear);
    if (!idle) plans.push_back(plan);
  }
  return plans;
}

std::size_t physical_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGE_SIZE);
  if (pages <= 0 || page <= 0) return std::numeric_limits<std::size_t>::max();
  return static_cast<std::size_t>(pages) * static_cast<std::size_t>(page);
}

}  // namespace minnow::engine
