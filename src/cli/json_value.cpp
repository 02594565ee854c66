// SPDX-License-Identifier: Apache-2.0
#include "src/cli/json_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <type_traits>

#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

void write_text(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const char first = text.front();
    if (length == 0) {
      out += "\uFFFD";
    } else if (first == '"' || first == '\\') {
      out += {'\\', first};
    } else if (first == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(first) < 0x20 || first == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(first));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out += '"';
}

void write_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  const std::string digits = fmt::format("{}", value);
  out += digits;
  if (digits.find_first_of(".e") == std::string::npos) out += ".0";
}

}  // namespace

Json::Json(std::initializer_list<Json> items) {
  const bool members = std::ranges::all_of(items, [](const Json& item) {
    return item.is_array() && item.elements().size() == 2 && item.elements().front().is_string();
  });
  if (!members) {
    value_ = Array(items);
    return;
  }
  Object object;
  for (const Json& item : items) object.emplace_back(item.elements()[0].get<std::string>(), item.elements()[1]);
  value_ = std::move(object);
}

Json Json::object() {
  Json json;
  json.value_ = Object();
  return json;
}

bool Json::is_number() const {
  return std::holds_alternative<std::int64_t>(value_) || std::holds_alternative<std::uint64_t>(value_) ||
         std::holds_alternative<double>(value_);
}

double Json::number() const {
  return std::visit(
      [](const auto& value) -> double {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_arithmetic_v<T> && !std::same_as<T, bool>) {
          return static_cast<double>(value);
        } else {
          throw std::bad_variant_access();
        }
      },
      value_);
}

const Json* Json::find(std::string_view key) const {
  const Object* object = std::get_if<Object>(&value_);
  if (object == nullptr) return nullptr;
  const auto found = std::ranges::find(*object, key, &Member::first);
  return found == object->end() ? nullptr : &found->second;
}

Json& Json::operator[](std::string_view key) {
  if (is_null()) value_ = Object();
  Object& object = std::get<Object>(value_);
  const auto found = std::ranges::find(object, key, &Member::first);
  return found == object.end() ? object.emplace_back(std::string(key), Json()).second : found->second;
}

const Json& Json::operator[](std::string_view key) const {
  const Json* found = find(key);
  if (found == nullptr) throw std::out_of_range("no JSON key " + std::string(key));
  return *found;
}

void Json::erase(std::string_view key) {
  std::erase_if(std::get<Object>(value_), [&](const Member& member) { return member.first == key; });
}

void Json::update(const Json& object) {
  for (const auto& [key, value] : object.items()) (*this)[key] = value;
}

Json& Json::append() {
  if (is_null()) value_ = Array();
  return std::get<Array>(value_).emplace_back();
}

std::string Json::dump(bool indented) const {
  std::string out;
  write(out, indented, 0);
  return out;
}

void Json::write(std::string& out, bool indented, std::size_t depth) const {
  const auto new_line = [&](std::size_t level) {
    if (indented) out.append(1, '\n').append(2 * level, ' ');
  };
  const auto list = [&](char open, const auto& entries, char close, const auto& write_entry) {
    out += open;
    for (const auto& entry : entries) {
      if (&entry != &entries.front()) out += ',';
      new_line(depth + 1);
      write_entry(entry);
    }
    if (!entries.empty()) new_line(depth);
    out += close;
  };
  if (const auto* array = std::get_if<Array>(&value_)) {
    list('[', *array, ']', [&](const Json& item) { item.write(out, indented, depth + 1); });
  } else if (const auto* object = std::get_if<Object>(&value_)) {
    list('{', *object, '}', [&](const Member& member) {
      write_text(out, member.first);
      out += indented ? ": " : ":";
      member.second.write(out, indented, depth + 1);
    });
  } else if (const auto* text = std::get_if<std::string>(&value_)) {
    write_text(out, *text);
  } else if (const auto* real = std::get_if<double>(&value_)) {
    write_number(out, *real);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value_)) {
    out += fmt::format("{}", *integer);
  } else if (const auto* natural = std::get_if<std::uint64_t>(&value_)) {
    out += fmt::format("{}", *natural);
  } else if (const auto* flag = std::get_if<bool>(&value_)) {
    out += *flag ? "true" : "false";
  } else {
    out += "null";
  }
}

}  // namespace minnow::cli
