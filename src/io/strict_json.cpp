// SPDX-License-Identifier: Apache-2.0
#include "src/io/strict_json.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "minnow/error.hpp"
#include "minnow/excerpt.hpp"

namespace minnow::engine {

nlohmann::json parse_strict_json(std::string_view text, const std::string& where, int deepest) {
  using nlohmann::json;
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto check = [&](int depth, json::parse_event_t event, json& value) {
    const bool opens = event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
    if (opens && depth >= deepest) {
      throw ModelError(where + ": JSON nested more than " + std::to_string(deepest) + " levels deep");
    }
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) {
      throw ModelError(where + ": key '" + excerpt(value.get<std::string>()) + "' stands twice in one JSON object");
    }
    return true;
  };
  try {
    return json::parse(text.begin(), text.end(), check);
  } catch (const json::exception& error) {
    throw ModelError(where + ": is not valid JSON (" + excerpt(error.what()) + ")");
  }
}

}  // namespace minnow::engine
