// SPDX-License-Identifier: Apache-2.0
#include "src/config/name_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include "minnow/error.hpp"
#include "minnow/excerpt.hpp"

namespace minnow::engine {

namespace {

std::string plain(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (c == '_' || c == '-' || c == ' ') continue;
    result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

std::string quoted(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : excerpt(text)) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7f) {
      result += {'\\', 'x', digits[code / 16], digits[code % 16]};
    } else {
      result += c;
    }
  }
  return result + '"';
}

bool same_name(std::string_view a, std::string_view b) {
  return plain(a) == plain(b);
}

std::size_t edit_distance(std::string_view first, std::string_view second) {
  const std::string a = plain(first), b = plain(second);
  // Rows i - 2, i - 1 and i of the table of distances between the first i letters of a and the first j of b.
  std::vector<std::size_t> before, above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replace});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = above;
    above = row;
  }
  return above[b.size()];
}

void throw_unknown_name(std::string_view what, std::string_view text, std::span<const std::string_view> known,
                        std::span<const std::string_view> valid) {
  std::string message = "unknown " + std::string(what) + " " + quoted(text);
  std::string_view nearest;
  std::size_t distance = std::max<std::size_t>(1, plain(text).size() / 3) + 1;
  for (const std::string_view name : known) {
    const std::size_t d = edit_distance(text, name);
    if (d < distance) {
      nearest = name;
      distance = d;
    }
  }
  if (!nearest.empty()) message += "; did you mean " + quoted(nearest) + "?";
  message += nearest.empty() ? "; valid names:" : " Valid names:";
  for (const std::string_view name : valid) message += (name == valid.front() ? " " : ", ") + std::string(name);
  throw UsageError(message);
}

void throw_unknown_value(std::size_t value) {
  throw InternalError("no name for enumerator " + std::to_string(value));
}

NamedCall parse_call(std::string_view what, std::string_view text) {
  text = trimmed(text);
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) return {std::string(text), {}};
  if (text.back() != ')' || text.find_first_of("()", open + 1) != text.size() - 1) {
    throw UsageError(std::string(what) + " " + quoted(text) + ": expected a name, or a name(number,...)");
  }
  NamedCall call{std::string(trimmed(text.substr(0, open))), {}};
  std::string_view rest = text.substr(open + 1, text.size() - open - 2);
  if (trimmed(rest).empty()) return call;
  for (std::size_t comma = 0; comma != std::string_view::npos;) {
    comma = rest.find(',');
    call.arguments.emplace_back(trimmed(rest.substr(0, comma)));
    if (comma != std::string_view::npos) rest.remove_prefix(comma + 1);
  }
  return call;
}

void expect_arguments(std::string_view what, std::string_view text, const NamedCall& call, std::size_t least,
                      std::size_t most) {
  if (call.arguments.size() >= least && call.arguments.size() <= most) return;
  const std::string expected =
      (least == most ? "" : "at most ") + (most == 0 ? std::string("no") : std::to_string(most));
  throw UsageError(std::string(what) + " " + quoted(text) + ": " + call.name + " takes " + expected +
                   (most == 1 ? " number, not " : " numbers, not ") + std::to_string(call.arguments.size()));
}

float parse_number(std::string_view what, std::string_view text, std::string_view number) {
  float value = 0;
  const char* const end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(number.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) {
    throw UsageError(std::string(what) + " " + quoted(text) + ": " + quoted(number) + " is not a finite number");
  }
  return value;
}

}  // namespace minnow::engine
