// SPDX-License-Identifier: Apache-2.0
#include "src/model/layers.hpp"

namespace minnow::engine {

/// By the batch's own mean and variance in training, else by the running ones.
void batch_norm_forward(kernels::Backend& backend, const LayerViews& layer) {
  if (layer.statistics) {
    backend.batch_norm(layer.y, layer.x, layer.w, layer.b, layer.statistics, layer.running_mean, layer.running_variance,
                       layer.momentum, layer.epsilon);
  } else {
    backend.batch_norm_inference(layer.y, layer.x, layer.w, layer.b, layer.running_mean, layer.running_variance,
                                 layer.epsilon);
  }
}

/// dgamma, dbeta, and dx in place of dy.
void batch_norm_backward(kernels::Backend& backend, const LayerViews& layer) {
  backend.batch_norm_backward(layer.dx, layer.dw, layer.db, layer.dy, layer.x, layer.w, layer.statistics);
}

}  // namespace minnow::engine
