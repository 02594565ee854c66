// SPDX-License-Identifier: Apache-2.0
#include "src/model/net.hpp"

namespace minnow::engine {

using kernels::View;

namespace {

bool has_parameters(LayerKind kind) {
  return !tensor_roles(kind).empty();
}

}  // namespace

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
      case LayerKind::batch_norm:
        batch_norm_forward(backend_, layer);
        break;
      case LayerKind::layer_norm:
        layer_norm_forward(backend_, layer);
        break;
    }
  }
}

void Net::backward() const {
  for (std::size_t i = layers_.size(); i-- > first_trained_;) {
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
      case LayerKind::batch_norm:
        batch_norm_backward(backend_, layer);
        break;
      case LayerKind::layer_norm:
        layer_norm_backward(backend_, layer);
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
    layer.momentum = plan.momentum;
    layer.epsilon = plan.epsilon;
    layer.statistics = workspace.statistics(index, rows());
    if (has_parameters(plan.kind)) {
      layer.w = parameters.value(plan.tensor);
      layer.b = parameters.value(plan.tensor + 1);
    }
    if (plan.kind == LayerKind::batch_norm) {
      layer.running_mean = parameters.value(plan.tensor + 2);
      layer.running_variance = parameters.value(plan.tensor + 3);
    }
    if (plan.kind == LayerKind::dropout) {
      layer.dropout_layer = plan.ordinal;
      layer.dropout_rates = workspace.dropout_rates(index);
    }
    x = layer.y;
    layers_.push_back(layer);
  }
}

void Net::bind_backward(const Workspace& workspace, const ParameterArena& parameters) {
  while (!has_parameters(layers_[first_trained_].kind)) ++first_trained_;
  int current = 0;
  for (std::size_t i = layers_.size(); i-- > first_trained_;) {
    LayerViews& layer = layers_[i];
    layer.dy = layer.dx = workspace.gradient(current, rows(), layer.y.cols);
    if (has_parameters(layer.kind)) {
      const int tensor = workspace.layers()[i].tensor;
      layer.dw = parameters.gradient(tensor);
      layer.db = parameters.gradient(tensor + 1);
    }
    if (layer.kind != LayerKind::dense) continue;
    layer.dx = {};
    if (i == first_trained_) continue;
    current = 1 - current;
    layer.dx = workspace.gradient(current, rows(), layer.x.cols);
  }
}

}  // namespace minnow::engine
