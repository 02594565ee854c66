// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace minnow::math {

/// Throws InternalError. Out of line, because a throw expression would put inline constructors into objects that are
/// compiled for one instruction set and must not export any.
[[noreturn]] void unknown_kind(const char* where);

}  // namespace minnow::math
