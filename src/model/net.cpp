// SPDX-License-Identifier: Apache-2.0
#include "src/model/net.hpp"

namespace minnow::engine {

using kernels::View;

Net::Net(kernels::Backend& backend, const Workspace& workspace, const ParameterArena& parameters, int rows,
         const StepCounters& counters)
    : backend_(backend), counters_(counters), batch_(workspace.batch(rows)) {
  bind_forward(workspace, parameters);
  if (workspace.shape().training) bind_backward(workspace, parameters);
}

void Net::forward() const {
  for (const LayerViews& layer : layers_) {
    switch (layer.kind) {
      case LayerKind::dense:
        dense_forward(backend_, layer);
        break;
      case LayerKind::activation:
        activation_forward(backend_, layer);
        break;
      case LayerKind::dropout:
        dropout_forward(backend_, layer, counters_);
        break;
    }
  }
}

void Net::backward() const {
  for (std::size_t i = layers_.size(); i-- > first_dense_;) {
    const LayerViews& layer = layers_[i];
    switch (layer.kind) {
      case LayerKind::dense:
        dense_backward(backend_, layer);
        break;
      case LayerKind::activation:
        activation_backward(backend_, layer);
        break;
      case LayerKind::dropout:
        dropout_backward(backend_, layer, counters_);
        break;
    }
  }
}

void Net::bind_forward(const Workspace& workspace, const ParameterArena& parameters) {
  View x = batch_.x;
  for (std::size_t i = 0; i < workspace.layers().size(); ++i) {
    const LayerPlan& plan = workspace.layers()[i];
    const int index = static_cast<int>(i);
    LayerViews layer;
    layer.kind = plan.kind;
    layer.activation = plan.activation;
    layer.x = x;
    layer.y = workspace.output(index, rows());
    layer.z = workspace.activation_input(index, rows());
    if (plan.kind == LayerKind::dense) {
      layer.w = parameters.value(plan.weights);
      layer.b = parameters.value(plan.weights + 1);
    } else if (plan.kind == LayerKind::dropout) {
      layer.dropout_layer = plan.ordinal;
      layer.dropout_rates = workspace.dropout_rates(index);
    }
    x = layer.y;
    layers_.push_back(layer);
  }
}

void Net::bind_backward(const Workspace& workspace, const ParameterArena& parameters) {
  while (layers_[first_dense_].kind != LayerKind::dense) ++first_dense_;
  int current = 0;
  for (std::size_t i = layers_.size(); i-- > first_dense_;) {
    LayerViews& layer = layers_[i];
    layer.dy = workspace.gradient(current, rows(), layer.y.cols);
    if (layer.kind != LayerKind::dense) {
      layer.dx = layer.dy;
      continue;
    }
    const int weights = workspace.layers()[i].weights;
    layer.dw = parameters.gradient(weights);
    layer.db = parameters.gradient(weights + 1);
    if (i == first_dense_) continue;
    current = 1 - current;
    layer.dx = workspace.gradient(current, rows(), layer.x.cols);
  }
}

}  // namespace minnow::engine
