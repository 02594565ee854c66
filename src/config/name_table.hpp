// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minnow::engine {

/// One spelling of a value. In a table, a value's first name is the one that is written.
template <class Value>
struct Name {
  Value value;
  std::string_view text;
};

/// `name` or `name(argument,...)`.
struct NamedCall {
  std::string name;
  std::vector<std::string> arguments;
};

/// "text" in quotation marks, control characters as in \x1b.
std::string quoted(std::string_view text);
/// Whether two names differ in case, '_', '-' and blanks at most.
bool same_name(std::string_view a, std::string_view b);
/// The fewest insertions, deletions, replacements and swaps of neighbors between two names, as same_name sees them.
std::size_t edit_distance(std::string_view a, std::string_view b);
/// Throws UsageError: unknown `what`, the nearest of `known` if it is near, and the list `valid`.
[[noreturn]] void throw_unknown_name(std::string_view what, std::string_view text,
                                     std::span<const std::string_view> known, std::span<const std::string_view> valid);
[[noreturn]] void throw_unknown_value(std::size_t value);

/// Splits `text`; throws UsageError unless its parentheses match.
NamedCall parse_call(std::string_view what, std::string_view text);
/// Throws UsageError unless `call` has `least` to `most` arguments.
void expect_arguments(std::string_view what, std::string_view text, const NamedCall& call, std::size_t least,
                      std::size_t most);
/// A finite float. Throws UsageError.
float parse_number(std::string_view what, std::string_view text, std::string_view number);

/// The names in the structs of kernels/math, one after the other; visit(kind, f) calls f(struct of `kind`).
template <class Kind, class Visit>
std::vector<Name<Kind>> names_in_structs(int count, const Visit& visit) {
  std::vector<Name<Kind>> names;
  for (int k = 0; k < count; ++k) {
    visit(static_cast<Kind>(k), [&](auto formula) {
      for (const std::string_view name : decltype(formula)::names) names.push_back({decltype(formula)::kind, name});
    });
  }
  return names;
}

template <class Value>
std::string name_of(Value value, std::span<const Name<Value>> table) {
  for (const auto& name : table) {
    if (name.value == value) return std::string(name.text);
  }
  throw_unknown_value(static_cast<std::size_t>(value));
}

/// The names that are written, in the order of the table.
template <class Value>
std::vector<std::string> written_names(std::span<const Name<Value>> table) {
  std::vector<std::string> names;
  for (const auto& name : table) {
    const auto first = std::ranges::find(table, name.value, &Name<Value>::value);
    if (first->text == name.text) names.emplace_back(name.text);
  }
  return names;
}

template <class Value>
Value parse_name(std::string_view what, std::string_view text, std::span<const Name<Value>> table) {
  std::vector<std::string_view> known;
  for (const auto& name : table) {
    if (same_name(text, name.text)) return name.value;
    known.push_back(name.text);
  }
  const std::vector<std::string> valid = written_names(table);
  throw_unknown_name(what, text, known, std::vector<std::string_view>(valid.begin(), valid.end()));
}

}  // namespace minnow::engine
