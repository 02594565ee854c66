// SPDX-License-Identifier: Apache-2.0
#include "src/model/memory_check.hpp"

#include <string>

#include "kernels/host_memory.hpp"
#include "minnow/error.hpp"
#include "src/model/number_text.hpp"

namespace minnow::engine {

void expect_memory(std::string_view what, double bytes, std::string_view remedy) {
  const auto physical = static_cast<double>(kernels::physical_memory());
  if (bytes <= physical) return;
  throw MemoryError(std::string(what) + " needs " + bytes_text(bytes) + ", but this machine has " +
                    bytes_text(physical) + ": " + std::string(remedy));
}

}  // namespace minnow::engine
