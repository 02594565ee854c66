// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/backend.hpp"
#include "src/model/net.hpp"

namespace minnow::engine {

/// Adds the loss and the hits of the net's present outputs to tally[M]; the gradient, if asked for, goes to
/// net.output_gradient().
void evaluate_loss(kernels::Backend& backend, LossKind loss, const Net& net, bool gradient, kernels::Tally* tally,
                   const kernels::StepState* state);

}  // namespace minnow::engine
