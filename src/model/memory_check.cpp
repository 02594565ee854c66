// SPDX-License-Identifier: Apache-2.0
#include "src/model/memory_check.hpp"

#include <string>

#include "kernels/host_limits.hpp"
#include "minnow/error.hpp"
#include "src/model/number_text.hpp"

namespace minnow::engine {

void expect_memory(std::string_view what, double bytes, std::string_view remedy) {
  const kernels::MemoryLimit& limit = kernels::memory_limit();
  const auto most = static_cast<double>(limit.bytes);
  if (bytes <= most) return;
  throw MemoryError(std::string(what) + " needs " + bytes_text(bytes) + ", but " + std::string(limit.owner) + " has " +
                    bytes_text(most) + ": " + std::string(remedy));
}

}  // namespace minnow::engine
