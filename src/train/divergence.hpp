// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "kernels/backend.hpp"
#include "src/train/kept_weights.hpp"
#include "src/train/session.hpp"

namespace minnow::engine {

/// Where model m went wrong: repeats epoch `epoch` from the kept weights up to `bad_step` (or, if that is no_step, to
/// its end) and names the first layer that is not finite. The session's parameters are then of no more use.
std::string describe_divergence(kernels::Backend& backend, TrainingSession& session, KeptWeights& kept, int m,
                                int epoch, std::uint32_t bad_step);

}  // namespace minnow::engine
