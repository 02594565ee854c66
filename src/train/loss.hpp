// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/backend.hpp"
#include "src/model/net.hpp"
#include "src/train/device_data.hpp"
#include "src/train/epoch_totals.hpp"

namespace minnow::engine {

/// Adds the loss that `data` were uploaded for, the hits, and what else is counted of the net's present outputs, to the
/// totals; the gradient, if asked for, goes to net.output_gradient().
void evaluate_loss(kernels::Backend& backend, const DeviceData& data, const Net& net, bool gradient,
                   const Totals& totals, const kernels::StepState* state);

}  // namespace minnow::engine
