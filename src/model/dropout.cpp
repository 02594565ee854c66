// SPDX-License-Identifier: Apache-2.0
#include "src/model/layers.hpp"
#include "src/model/parameter_arena.hpp"

namespace minnow::engine {

/// y = x, then each element is zeroed or scaled. The copy leaves x whole: the layer before it may need its output for
/// its slope.
void dropout_forward(kernels::Backend& backend, const LayerViews& layer, const StepCounters& counters) {
  copy_models(backend, layer.y, layer.x);
  backend.dropout(layer.y, layer.dropout_layer, layer.dropout_rates, counters.step, counters.models);
}

/// The same mask on the gradient, in place.
void dropout_backward(kernels::Backend& backend, const LayerViews& layer, const StepCounters& counters) {
  backend.dropout(layer.dx, layer.dropout_layer, layer.dropout_rates, counters.step, counters.models);
}

}  // namespace minnow::engine
