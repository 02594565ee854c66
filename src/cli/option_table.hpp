// SPDX-License-Identifier: Apache-2.0
/// What the table of options is written with, and its parts.
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "src/cli/settings.hpp"

namespace minnow::cli {

std::vector<Option<Invocation>> optimizer_settings();
std::vector<Option<Invocation>> schedule_settings();

inline constexpr Range any = {};

/// `Access` is a lambda without captures from Target to a reference of the field, whose type picks the Codec.
template <class Target, class Access>
Option<Target> option(std::string_view key, std::string_view flag, char letter, std::string_view argument, Range range,
                      unsigned commands, std::string_view help, Access) {
  using Field = std::remove_cvref_t<decltype(Access{}(std::declval<Target&>()))>;
  Option<Target> result = {key, flag, letter, argument, range, commands, help, Codec<Field>::kind, {}, {}, {}, {}, {}};
  result.assign = [](Target& target, const Value& value) { Codec<Field>::assign(Access{}(target), value); };
  result.read = [](const Target& target) { return Codec<Field>::read(Access{}(target)); };
  if constexpr (Codec<Field>::kind == ValueKind::name) result.choices = [] { return Codec<Field>::choices(); };
  return result;
}

template <class Access>
Option<Invocation> setting(std::string_view key, std::string_view flag, std::string_view argument, Range range,
                           unsigned commands, std::string_view help, Access access) {
  return option<Invocation>(key, flag, 0, argument, range, commands, help, access);
}

template <class Target>
Option<Target> or_empty(Option<Target> option) {
  option.may_be_empty = true;
  return option;
}

/// An option that means something only where the value of `decider` says so.
template <class Target>
Option<Target> only(std::string_view decider, bool (*applies)(const Target&), Option<Target> option) {
  option.decider = decider;
  option.applies = applies;
  return option;
}

}  // namespace minnow::cli
