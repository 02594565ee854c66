// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend.hpp"
#include "minnow/error.hpp"
#include "minnow/model.hpp"
#include "src/train/checks.hpp"
#include "src/train/evaluation.hpp"
#include "src/train/fit.hpp"

namespace minnow::engine {

Metrics evaluate(kernels::Backend& backend, const Model& model, const Dataset& data, const Loss& loss) {
  if (model.parameter_count() == 0) throw UsageError("an empty model cannot be evaluated");
  check_features(model.network(), data);
  check_preprocessing(model, data);
  const LossInputs inputs = loss_inputs(loss, model.network(), data);
  const CountPlan all = plan_counts(data, inputs, model.outputs(), true);
  const std::size_t real = backend.real_size();
  check_memory(backend, DeviceData::bytes(data, inputs) + EpochTotals::bytes(1, {}, all) +
                            ParameterArena::bytes(model.tensors(), 1, {.gradients = false}, real) +
                            Evaluation::bytes(model.network(), 1, data.rows(), inputs, real));
  ParameterArena parameters(backend, model.tensors(), 1, {.gradients = false});
  parameters.upload(0, model.parameters());
  const DeviceData device_data(backend, data, model.preprocessing, inputs);
  EpochTotals totals(backend, 1, {}, all);
  Evaluation evaluation(backend, model.network(), parameters, device_data, totals.validation());
  evaluation.run();
  totals.read();
  return totals.validation_metrics(0);
}

}  // namespace minnow::engine

namespace minnow {

Metrics evaluate(const Model& model, const Dataset& data, const Loss& loss, const Runtime& runtime) {
  return engine::evaluate(*kernels::make_backend(runtime), model, data, loss);
}

}  // namespace minnow
