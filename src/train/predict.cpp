// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/backend.hpp"
#include "minnow/error.hpp"
#include "minnow/model.hpp"
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

}  // namespace

std::vector<float> predict(kernels::Backend& backend, const Model& model, const Dataset& data, Head head) {
  if (model.parameter_count() == 0) throw UsageError("an empty model cannot predict");
  check_features(model.network(), data);
  check_preprocessing(model, data);
  const LossInputs nothing = {.loss = {}, .head = head};
  const auto outputs = static_cast<std::size_t>(model.outputs());
  const std::size_t count = static_cast<std::size_t>(data.rows()) * outputs, real = backend.real_size();
  check_memory(backend, count * sizeof(float) + DeviceData::bytes(data, nothing) +
                            ParameterArena::bytes(model.tensors(), 1, {.gradients = false}, real) +
                            Evaluation::bytes(model.network(), 1, data.rows(), nothing, real));
  std::vector<float> values(count);

  ParameterArena parameters(backend, model.tensors(), 1, {.gradients = false});
  parameters.upload(0, model.parameters());
  const DeviceData device_data(backend, data, model.preprocessing, nothing);
  StepMemory memory(backend, std::vector<kernels::ModelState>(1));
  const std::vector<LayerPlan> layers = forward_layers(model.network(), head);
  const Workspace workspace(backend, layers, forward_shape(layers, 1, data.rows(), nothing));
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
  return values;
}

}  // namespace minnow::engine

namespace minnow {

std::vector<float> predict(const Model& model, const Dataset& data, Head head, const Runtime& runtime) {
  return engine::predict(*kernels::make_backend(runtime), model, data, head);
}

}  // namespace minnow
