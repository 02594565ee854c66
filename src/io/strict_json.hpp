// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace minnow::engine {

/// JSON from a file that is not trusted. Throws ModelError "WHERE: ..." for text that is no JSON or not UTF-8, for a
/// key that stands twice in one object, and for nesting deeper than `deepest` levels.
nlohmann::json parse_strict_json(std::string_view text, const std::string& where, int deepest);

}  // namespace minnow::engine
