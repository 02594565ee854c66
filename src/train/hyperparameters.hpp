// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "minnow/config.hpp"

namespace minnow::engine {

/// Training::models, or the one that stands for all.
std::vector<Hyperparameters> all_hyperparameters(const Training& training);

}  // namespace minnow::engine
