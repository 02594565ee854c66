// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "minnow/config.hpp"
#include "minnow/dataset.hpp"

namespace minnow::engine {

/// What the loss compares the outputs with.
struct LossInputs {
  Loss loss = {};
  Head head = Head::none;  ///< which of the network's activations belongs to the loss
  bool labels = false;     ///< class labels, for cross-entropy or for counting hits
  int target_cols = 0;     ///< elementwise: target values, or the labels as one-hot rows (as they are for one output)
  bool weights = false;    ///< sample weights
};

/// Refuses values out of range, and settings that this loss does not read. Throws UsageError.
void check_loss(const Loss& loss);

/// Checks that loss, network and data fit together. Throws UsageError.
LossInputs loss_inputs(const Loss& loss, const Network& network, const Dataset& data);

/// The sum of the sample weights, or of 1 each, times the label's class weight where the loss has class weights.
double total_weight(const Loss& loss, const Dataset& data);

}  // namespace minnow::engine
