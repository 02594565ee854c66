// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace minnow {

/// Text from a file or a user for a message: as it is up to `longest` bytes, else its beginning, in whole characters of
/// UTF-8, and how long it is. A message stays a line that can be read, whatever a file holds.
std::string excerpt(std::string_view text, std::size_t longest = 200);

}  // namespace minnow
