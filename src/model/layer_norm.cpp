// SPDX-License-Identifier: Apache-2.0
#include "src/model/layers.hpp"

namespace minnow::engine {

void layer_norm_forward(kernels::Backend& backend, const LayerViews& layer) {
  backend.layer_norm(layer.y, layer.x, layer.w, layer.b, layer.statistics, layer.epsilon);
}

/// dgamma, dbeta, and dx in place of dy.
void layer_norm_backward(kernels::Backend& backend, const LayerViews& layer) {
  backend.layer_norm_backward(layer.dx, layer.dw, layer.db, layer.dy, layer.x, layer.w, layer.statistics);
}

}  // namespace minnow::engine
