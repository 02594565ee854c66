// SPDX-License-Identifier: Apache-2.0
/// Which figures a training run looks at, and what has to be counted for them.
#pragma once

#include "minnow/config.hpp"
#include "minnow/dataset.hpp"
#include "src/train/epoch_totals.hpp"

namespace minnow::engine {

/// Refuses a monitored figure that the data cannot give. Throws UsageError.
void check_monitors(const Training& training, const Network& network, const Dataset& train, const Dataset& validation);

/// Whether some model has a plateau schedule.
bool has_plateau(const Training& training);

/// Whether some model may have a best epoch: the data of early stopping's monitor are there.
bool has_best(const Training& training, const Dataset& validation);

/// What is counted of the training data and of the validation data, beyond loss and accuracy.
CountPlan counted_in_training(const Training& training, const Network& network, const Dataset& train);
CountPlan counted_in_validation(const Training& training, const Network& network, const Dataset& validation);

}  // namespace minnow::engine
