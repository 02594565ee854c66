// SPDX-License-Identifier: Apache-2.0
#include "src/model/layers.hpp"

namespace minnow::engine {

/// y = activation(x).
void activation_forward(kernels::Backend& backend, const LayerViews& layer) {
  backend.bias_activation(layer.y, layer.x, {}, layer.activation);
}

/// dx = dy * slope(x, y), in place.
void activation_backward(kernels::Backend& backend, const LayerViews& layer) {
  backend.activation_backward(layer.dx, layer.dy, layer.x, layer.y, layer.activation);
}

}  // namespace minnow::engine
