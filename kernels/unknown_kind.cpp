// SPDX-License-Identifier: Apache-2.0
#include "kernels/math/unknown_kind.hpp"

#include "minnow/error.hpp"

namespace minnow::math {

void unknown_kind(const char* where) {
  throw InternalError(where);
}

}  // namespace minnow::math
