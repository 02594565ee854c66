// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace minnow::engine {

/// Throws MemoryError "`what` needs 5 GB, but this machine has 4 GB: `remedy`" where that is so.
void expect_memory(std::string_view what, double bytes, std::string_view remedy);

}  // namespace minnow::engine
