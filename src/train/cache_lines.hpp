// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace minnow::engine {

/// `bytes` rounded up to whole cache lines: arrays of one block start on lines of their own.
constexpr std::size_t cache_lines(std::size_t bytes) {
  constexpr std::size_t line = 64;
  return (bytes + line - 1) / line * line;
}

}  // namespace minnow::engine
