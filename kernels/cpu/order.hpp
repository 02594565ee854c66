// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace minnow::kernels::cpu {

/// order = the stable argsort of the Philox keys of (seed, Purpose::order, epoch).
void epoch_order(std::span<std::uint32_t> order, std::uint64_t seed, std::uint32_t epoch);

}  // namespace minnow::kernels::cpu
