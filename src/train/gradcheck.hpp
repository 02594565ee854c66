// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/backend.hpp"
#include "minnow/gradcheck.hpp"

namespace minnow::engine {

/// minnow::check_gradients.
GradientCheck check_gradients(kernels::Backend& device, const Network& network, const GradientCheckOptions& options);

}  // namespace minnow::engine
