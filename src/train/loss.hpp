// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/backend.hpp"
#include "src/model/net.hpp"
#include "src/train/device_data.hpp"

namespace minnow::engine {

/// Adds the loss that `data` were uploaded for, and the hits, of the net's present outputs to tally[M]; the gradient,
/// if asked for, goes to net.output_gradient().
void evaluate_loss(kernels::Backend& backend, const DeviceData& data, const Net& net, bool gradient,
                   kernels::Tally* tally, const kernels::StepState* state);

}  // namespace minnow::engine
