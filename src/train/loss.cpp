// SPDX-License-Identifier: Apache-2.0
#include "src/train/loss.hpp"

namespace minnow::engine {

void evaluate_loss(kernels::Backend& backend, const DeviceData& data, const Net& net, bool gradient,
                   const Totals& totals, const kernels::StepState* state) {
  const kernels::View dy = gradient ? net.output_gradient() : kernels::View{};
  const kernels::BatchView& batch = net.batch();
  const kernels::LossRows rows{{batch.labels.values, batch.labels.stride}, batch.weights};
  const Loss& loss = data.inputs().loss;
  if (totals.classes.values != nullptr) backend.count_classes(totals.classes, net.outputs(), rows.labels, state);
  if (totals.errors != nullptr) backend.sum_errors(totals.errors, net.outputs(), batch.targets, head_of(loss.kind));
  if (loss.kind == LossKind::cross_entropy) {
    backend.softmax_cross_entropy(dy, net.outputs(), rows, data.classes(), totals.tally, state);
  } else {
    backend.elementwise_loss({loss.kind, loss.parameter}, dy, net.outputs(), batch.targets, rows, totals.tally, state);
  }
}

}  // namespace minnow::engine
