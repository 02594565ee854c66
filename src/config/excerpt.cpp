// SPDX-License-Identifier: Apache-2.0
#include "minnow/excerpt.hpp"

namespace minnow {

std::string excerpt(std::string_view text, std::size_t longest) {
  if (text.size() <= longest) return std::string(text);
  std::size_t kept = longest;
  while (kept > 0 && (static_cast<unsigned char>(text[kept]) & 0xc0u) == 0x80) --kept;
  return std::string(text.substr(0, kept)) + "... (" + std::to_string(text.size()) + " bytes)";
}

}  // namespace minnow
