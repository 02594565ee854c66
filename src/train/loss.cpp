// SPDX-License-Identifier: Apache-2.0
#include "src/train/loss.hpp"

namespace minnow::engine {

void evaluate_loss(kernels::Backend& backend, const DeviceData& data, const Net& net, bool gradient,
                   kernels::Tally* tally, const kernels::StepState* state) {
  const kernels::View dy = gradient ? net.output_gradient() : kernels::View{};
  const kernels::BatchView& batch = net.batch();
  const kernels::LossRows rows{{batch.labels.values, batch.labels.stride}, batch.weights};
  const Loss& loss = data.inputs().loss;
  if (loss.kind == LossKind::cross_entropy) {
    backend.softmax_cross_entropy(dy, net.outputs(), rows, data.classes(), tally, state);
  } else {
    backend.elementwise_loss({loss.kind, loss.delta}, dy, net.outputs(), batch.targets, rows, tally, state);
  }
}

}  // namespace minnow::engine
