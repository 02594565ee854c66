// SPDX-License-Identifier: Apache-2.0
#include "src/train/loss.hpp"

namespace minnow::engine {

void evaluate_loss(kernels::Backend& backend, LossKind loss, const Net& net, bool gradient, kernels::Tally* tally,
                   const kernels::StepState* state) {
  const kernels::View dy = gradient ? net.output_gradient() : kernels::View{};
  const kernels::BatchView& batch = net.batch();
  const kernels::RowIntegers<const std::int32_t> labels{batch.labels.values, batch.labels.stride};
  switch (loss) {
    case LossKind::cross_entropy:
      backend.softmax_cross_entropy(dy, net.outputs(), labels, tally, state);
      break;
    case LossKind::mse:
      backend.mse(dy, net.outputs(), batch.targets, labels, tally, state);
      break;
  }
}

}  // namespace minnow::engine
