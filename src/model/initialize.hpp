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

/// How the elements of w[inputs, outputs] (or of a bias) are drawn; a constant has a == b.
/// xavier (Glorot, Bengio, 2010): variance gain^2 * 2 / (I + O); kaiming (He et al., 2015), fan_in: gain^2 / I.
kernels::Distribution initial_distribution(const Initializer& initializer, double gain, int inputs, int outputs);

/// Draws a tensor on the host: the bits that Backend::random gives. `layer` counts the dense layers from 0.
void draw(std::span<float> values, const kernels::Distribution& distribution, std::uint64_t seed,
          kernels::Purpose purpose, std::uint32_t layer);

/// The parameters of a valid network, in the order of parameter_tensors.
std::vector<float> initial_parameters(const Network& network, std::uint64_t seed);

}  // namespace minnow::engine
