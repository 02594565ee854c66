// SPDX-License-Identifier: Apache-2.0
#include "src/train/evaluation.hpp"

#include <algorithm>

#include "src/train/loss.hpp"

namespace minnow::engine {

std::vector<LayerPlan> forward_layers(const Network& network, Head head) {
  std::vector<LayerPlan> layers = plan_layers(network, head);
  std::erase_if(layers, [](const LayerPlan& layer) { return layer.kind == LayerKind::dropout; });
  return layers;
}

StepShape forward_shape(const std::vector<LayerPlan>& layers, int models, int rows, const LossInputs& inputs) {
  StepShape shape{.models = models, .batch = std::min(rows, evaluation_batch), .training = false};
  shape.shared_input = layers.front().kind == LayerKind::dense;
  shape.labels = inputs.labels;
  shape.target_cols = inputs.target_cols;
  shape.weights = inputs.weights;
  return shape;
}

std::size_t Evaluation::bytes(const Network& network, int models, int rows, const LossInputs& inputs,
                              std::size_t real_size) {
  const std::vector<LayerPlan> layers = forward_layers(network, inputs.head);
  return Workspace::bytes(layers, forward_shape(layers, models, rows, inputs), real_size);
}

Evaluation::Evaluation(kernels::Backend& backend, const Network& network, const ParameterArena& parameters,
                       const DeviceData& data, const Totals& totals)
    : backend_(backend),
      data_(data),
      totals_(totals),
      memory_(backend, std::vector<kernels::ModelState>(1)),
      workspace_(
          backend, forward_layers(network, data.inputs().head),
          forward_shape(forward_layers(network, data.inputs().head), parameters.models(), data.rows(), data.inputs())) {
  const int batch = workspace_.shape().batch, rest = data.rows() % batch;
  full_ = std::make_unique<Net>(backend, workspace_, parameters, batch);
  run_full_ = backend.record([this] { run_batch(*full_); });
  if (rest == 0) return;
  rest_ = std::make_unique<Net>(backend, workspace_, parameters, rest);
  run_rest_ = backend.record([this] { run_batch(*rest_); });
}

void Evaluation::run_batch(const Net& net) {
  const StepCounters counters = memory_.counters();
  backend_.gather(net.batch(), data_.view(), nullptr, counters.step);
  net.forward();
  evaluate_loss(backend_, data_, net, false, totals_, counters.step);
  backend_.advance(counters.step, counters.models, memory_.models(), static_cast<std::uint32_t>(net.rows()));
}

void Evaluation::run() {
  memory_.set_position(0, 0);
  for (int batch = 0; batch < data_.rows() / workspace_.shape().batch; ++batch) run_full_();
  if (rest_) run_rest_();
}

}  // namespace minnow::engine
