// SPDX-License-Identifier: Apache-2.0
/// One pass over a dataset: what the model says of each row, and the figures of that.
#include <algorithm>
#include <cmath>
#include <string>

#include "kernels/backend.hpp"
#include "minnow/error.hpp"
#include "minnow/model.hpp"
#include "src/config/validity.hpp"
#include "src/train/checks.hpp"
#include "src/train/evaluation.hpp"
#include "src/train/fit.hpp"

namespace minnow::engine {
namespace {

/// logits -> outputs of the head, in place.
void apply(kernels::Backend& backend, Head head, const kernels::View& logits) {
  if (head == Head::softmax) backend.softmax(logits, logits);
  if (head == Head::sigmoid) backend.bias_activation(logits, logits, {}, make_activation(ActivationKind::sigmoid));
}

void check_model(const Model& model, const Dataset& data, const char* action) {
  if (model.parameter_count() == 0) throw UsageError(std::string("an empty model cannot ") + action);
  check_features(model.network(), data);
  check_preprocessing(model, data);
}

/// What is not a number says nothing of any row: no class, no figure.
[[noreturn]] void refuse_nan(const std::string& what, const std::string& where) {
  throw ModelError("the network " + what + " on " + where +
                   ": its weights, or these inputs, are too large; train it anew, or scale the data");
}

/// What a forward pass over the data needs on the device.
std::size_t forward_bytes(const kernels::Backend& backend, const Model& model, const Dataset& data,
                          const LossInputs& inputs) {
  const std::size_t real = backend.real_size();
  return DeviceData::bytes(data, inputs) + ParameterArena::bytes(model.tensors(), 1, {.gradients = false}, real) +
         Evaluation::bytes(model.network(), 1, data.rows(), inputs, real);
}

}  // namespace

/// As an epoch's validation: the same passes, counted by the same ops, so that the figures are equal in every bit.
Metrics evaluate(kernels::Backend& backend, const Model& model, const Dataset& data, const Loss& loss) {
  check_evaluate(model, data, loss);
  const LossInputs inputs = loss_inputs(loss, model.network(), data);
  const CountPlan plan = plan_counts(data, inputs, model.outputs(), true);
  check_memory(backend, forward_bytes(backend, model, data, inputs) + EpochTotals::bytes(1, {}, plan));
  ParameterArena parameters(backend, model.tensors(), 1, {.gradients = false});
  parameters.upload(0, model.parameters());
  const DeviceData device_data(backend, data, model.preprocessing, inputs);
  EpochTotals totals(backend, 1, {}, plan);
  Evaluation(backend, model.network(), parameters, device_data, totals.validation()).run();
  totals.read();
  const Metrics metrics = totals.validation_metrics(0);
  if (std::isnan(metrics.loss)) refuse_nan("has a loss that is NaN", name_of(data));
  return metrics;
}

std::vector<float> predict(kernels::Backend& backend, const Model& model, const Dataset& data, Head head) {
  expect_enumerator("head", head, Head::sigmoid);
  check_model(model, data, "predict");
  const LossInputs inputs = {.loss = {}, .head = head};
  const auto outputs = static_cast<std::size_t>(model.outputs());
  const std::size_t count = static_cast<std::size_t>(data.rows()) * outputs;
  check_memory(backend, count * sizeof(float) + forward_bytes(backend, model, data, inputs));
  std::vector<float> values(count);
  ParameterArena parameters(backend, model.tensors(), 1, {.gradients = false});
  parameters.upload(0, model.parameters());
  const DeviceData device_data(backend, data, model.preprocessing, inputs);
  StepMemory memory(backend, std::vector<kernels::ModelState>(1));
  const std::vector<LayerPlan> layers = forward_layers(model.network(), head);
  const Workspace workspace(backend, layers, forward_shape(layers, 1, data.rows(), inputs));
  for (int row = 0; row < data.rows(); row += workspace.shape().batch) {
    const int rows = std::min(workspace.shape().batch, data.rows() - row);
    const Net net(backend, workspace, parameters, rows);
    memory.set_position(0, static_cast<std::uint32_t>(row));
    backend.gather(net.batch(), device_data.view(), nullptr, memory.counters().step);
    net.forward();
    apply(backend, head, net.outputs());
    const std::span<float> all(values);
    backend.download_reals(
        all.subspan(static_cast<std::size_t>(row) * outputs, static_cast<std::size_t>(rows) * outputs), net.outputs());
  }
  const auto bad = std::ranges::find_if(values, [](float output) { return std::isnan(output); });
  if (bad != values.end()) {
    refuse_nan("puts out NaN", name_of(data) + ", row " + std::to_string((bad - values.begin()) / model.outputs()));
  }
  return values;
}

}  // namespace minnow::engine

namespace minnow {

void check_evaluate(const Model& model, const Dataset& data, const Loss& loss) {
  engine::check_model(model, data, "be evaluated");
  engine::loss_inputs(loss, model.network(), data);
}

Metrics evaluate(const Model& model, const Dataset& data, const Loss& loss, const Runtime& runtime) {
  return engine::evaluate(*kernels::make_backend(runtime), model, data, loss);
}

std::vector<float> predict(const Model& model, const Dataset& data, Head head, const Runtime& runtime) {
  return engine::predict(*kernels::make_backend(runtime), model, data, head);
}

}  // namespace minnow
