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
#include "src/train/loss.hpp"

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

/// The outputs [N, O] of inputs.head; adds the loss of inputs, and the hits, to `totals` where there are any.
std::vector<float> outputs_of(kernels::Backend& backend, const Model& model, const Dataset& data,
                              const LossInputs& inputs, const Totals* totals) {
  const auto outputs = static_cast<std::size_t>(model.outputs());
  const std::size_t count = static_cast<std::size_t>(data.rows()) * outputs, real = backend.real_size();
  check_memory(backend, count * sizeof(float) + DeviceData::bytes(data, inputs) +
                            ParameterArena::bytes(model.tensors(), 1, {.gradients = false}, real) +
                            Evaluation::bytes(model.network(), 1, data.rows(), inputs, real));
  std::vector<float> values(count);
  ParameterArena parameters(backend, model.tensors(), 1, {.gradients = false});
  parameters.upload(0, model.parameters());
  const DeviceData device_data(backend, data, model.preprocessing, inputs);
  StepMemory memory(backend, std::vector<kernels::ModelState>(1));
  const std::vector<LayerPlan> layers = forward_layers(model.network(), inputs.head);
  const Workspace workspace(backend, layers, forward_shape(layers, 1, data.rows(), inputs));
  for (int row = 0; row < data.rows(); row += workspace.shape().batch) {
    const int rows = std::min(workspace.shape().batch, data.rows() - row);
    const Net net(backend, workspace, parameters, rows);
    memory.set_position(0, static_cast<std::uint32_t>(row));
    backend.gather(net.batch(), device_data.view(), nullptr, memory.counters().step);
    net.forward();
    if (totals != nullptr) evaluate_loss(backend, device_data, net, false, *totals, memory.counters().step);
    apply(backend, inputs.head, net.outputs());
    const std::span<float> all(values);
    backend.download_reals(
        all.subspan(static_cast<std::size_t>(row) * outputs, static_cast<std::size_t>(rows) * outputs), net.outputs());
  }
  return values;
}

}  // namespace

/// Counted on the host: from the outputs themselves, AUROC is exact.
Metrics evaluate(kernels::Backend& backend, const Model& model, const Dataset& data, const Loss& loss) {
  check_evaluate(model, data, loss);
  const LossInputs inputs = loss_inputs(loss, model.network(), data);
  EpochTotals totals(backend, 1, {}, {.labels = inputs.labels});
  const std::vector<float> outputs = outputs_of(backend, model, data, inputs, &totals.validation());
  totals.read();
  Metrics metrics = totals.validation_metrics(0);
  if (std::isnan(metrics.loss)) refuse_nan("has a loss that is NaN", name_of(data));
  if (data.target_count() > 0) {
    metrics.regression = regression(outputs, data);
  } else if (model.outputs() <= most_counted_classes) {
    metrics.classification = classification(outputs, data);
  }
  return metrics;
}

std::vector<float> predict(kernels::Backend& backend, const Model& model, const Dataset& data, Head head) {
  expect_enumerator("head", head, Head::sigmoid);
  check_model(model, data, "predict");
  std::vector<float> outputs = outputs_of(backend, model, data, {.loss = {}, .head = head}, nullptr);
  const auto bad = std::ranges::find_if(outputs, [](float output) { return std::isnan(output); });
  if (bad != outputs.end())
    refuse_nan("puts out NaN", name_of(data) + ", row " + std::to_string((bad - outputs.begin()) / model.outputs()));
  return outputs;
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
