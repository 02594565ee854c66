// SPDX-License-Identifier: Apache-2.0
#include "src/model/layers.hpp"

namespace minnow::engine {

/// y = activation(z), z = x w + b.
void dense_forward(kernels::Backend& backend, const LayerViews& layer) {
  backend.linear_forward(layer.y, layer.z, layer.x, layer.w, layer.b, layer.activation);
}

/// dz = dy * slope(z, y);  dw = x^T dz,  db = column sums of dz,  dx = dz w^T.
void dense_backward(kernels::Backend& backend, const LayerViews& layer) {
  const kernels::View& dz = layer.dy;
  if (layer.activation.kind != ActivationKind::linear) {
    backend.activation_backward(dz, layer.dy, layer.z, layer.y, layer.activation);
  }
  backend.linear_backward(layer.dx, layer.dw, layer.db, dz, layer.x, layer.w);
}

}  // namespace minnow::engine
