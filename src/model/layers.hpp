// SPDX-License-Identifier: Apache-2.0
/// The layer kinds: one file each, forward and backward side by side. M models, B rows, I inputs, O outputs.
#pragma once

#include <cstdint>

#include "kernels/backend.hpp"
#include "minnow/config.hpp"

namespace minnow::engine {

/// One layer bound to its buffers for one number of rows.
struct LayerViews {
  LayerKind kind = LayerKind::dense;
  Activation activation = {};
  kernels::View x;     ///< [M, B, I] what the layer before it gives; not written
  kernels::View z;     ///< [M, B, O] the activation's input; y itself where its slope does not need it
  kernels::View y;     ///< [M, B, O]
  kernels::View dy;    ///< [M, B, O] gradient of y; backward overwrites it
  kernels::View dx;    ///< [M, B, I] gradient of x: empty where nobody needs it, dy where it is found in place
  kernels::View w, b;  ///< dense: weights [M, I, O], biases [M, 1, O]; normalizations: gamma, beta [M, 1, O]
  kernels::View dw, db;
  kernels::View running_mean, running_variance;  ///< batch_norm: [M, 1, O]
  kernels::View statistics;                      ///< normalizations: see Workspace; empty but in training
  float momentum = 0, epsilon = 0;
  std::uint32_t dropout_layer = 0;
  const kernels::DropoutRate* dropout_rates = nullptr;  ///< [M]
};

/// What dropout's masks depend on, in device memory.
struct StepCounters {
  kernels::StepState* step = nullptr;
  kernels::ModelState* models = nullptr;  ///< [M]
};

void dense_forward(kernels::Backend& backend, const LayerViews& layer);
void dense_backward(kernels::Backend& backend, const LayerViews& layer);

void activation_forward(kernels::Backend& backend, const LayerViews& layer);
void activation_backward(kernels::Backend& backend, const LayerViews& layer);

void dropout_forward(kernels::Backend& backend, const LayerViews& layer, const StepCounters& counters);
void dropout_backward(kernels::Backend& backend, const LayerViews& layer, const StepCounters& counters);

void batch_norm_forward(kernels::Backend& backend, const LayerViews& layer);
void batch_norm_backward(kernels::Backend& backend, const LayerViews& layer);

void layer_norm_forward(kernels::Backend& backend, const LayerViews& layer);
void layer_norm_backward(kernels::Backend& backend, const LayerViews& layer);

}  // namespace minnow::engine
