// SPDX-License-Identifier: Apache-2.0
/// A network's description, checked and turned into what the loops over layers need.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/math/summation.hpp"
#include "minnow/config.hpp"
#include "minnow/model.hpp"

namespace minnow::engine {

static_assert(largest_width == math::sum_limit);

/// The network with every layer named. Throws UsageError that names the layer, the value and the range; MemoryError
/// where the parameters cannot fit into this machine's memory.
Network validated(Network network);

/// The tensors of a layer of this kind, in their order.
std::span<const ParameterTensor::Role> tensor_roles(LayerKind kind);

/// The tensors of a valid network in the order of its layers, back to back.
std::vector<ParameterTensor> parameter_tensors(const Network& network);

/// Their elements.
std::size_t parameter_count(const Network& network);

/// O of the last layer of a valid network.
int output_width(const Network& network);

/// One layer that computes, with its widths.
struct LayerPlan {
  LayerKind kind = LayerKind::dense;
  std::string name;
  int inputs = 0;   ///< I
  int outputs = 0;  ///< O
  Activation activation = {};
  float rate = 0;
  float momentum = 0, epsilon = 0;
  int tensor = 0;             ///< index of the layer's first tensor in parameter_tensors, if it has any
  std::uint32_t ordinal = 0;  ///< among the layers of its kind, from 0: the layer number of its random streams
};

/// The last layer's activation; linear behind dropout.
ActivationKind last_activation(const Network& network);

/// The layers of a valid network, less those that do nothing: a linear activation, dropout at rate 0, and at the end
/// softmax or `head`, which belongs to the loss.
std::vector<LayerPlan> plan_layers(const Network& network, Head head);

}  // namespace minnow::engine
