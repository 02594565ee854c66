// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace minnow::engine {

/// The next multiple of 16 scalars: every matrix starts on a 64-byte line in float, for vector loads of any width.
inline std::int64_t padded(std::int64_t scalars) {
  return (scalars + 15) / 16 * 16;
}

}  // namespace minnow::engine
