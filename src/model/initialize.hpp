// SPDX-License-Identifier: Apache-2.0
/// The parameters a network starts from.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/backend.hpp"
#include "minnow/config.hpp"

namespace minnow::engine {

/// kernels/math/activation.hpp
double activation_gain(const Activation& activation);

/// What the spread of a layer's parameters depends on.
struct Fans {
  int inputs = 1;          ///< I of the layer
  int outputs = 1;         ///< O
  int network_inputs = 1;  ///< I of the network
};

/// How the elements of a layer's weights (or biases) are drawn; a constant has a == b.
/// xavier (Glorot, Bengio, 2010): variance gain^2 * 2 / (I + O); kaiming (He et al., 2015): gain^2 / fan.
kernels::Distribution initial_distribution(const Initializer& initializer, double gain, const Fans& fans);

/// Draws a tensor on the host: the bits that Backend::random gives. `layer` counts the dense layers from 0.
void draw(std::span<float> values, const kernels::Distribution& distribution, std::uint64_t seed,
          kernels::Purpose purpose, std::uint32_t layer);

/// The parameters of a valid network, in the order of parameter_tensors.
std::vector<float> initial_parameters(const Network& network, std::uint64_t seed);

}  // namespace minnow::engine
