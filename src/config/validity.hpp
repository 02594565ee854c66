// SPDX-License-Identifier: Apache-2.0
/// The ranges of the numbers that belong to an activation or an initializer, for text and for networks built in C++.
#pragma once

#include <string>
#include <string_view>

#include "minnow/config.hpp"
#include "minnow/error.hpp"

namespace minnow::engine {

/// "alpha is -1, expected a finite number of 0 or more"; empty if the value is valid.
std::string fault_in(const Activation& activation);
std::string fault_in(const Initializer& initializer);
/// "a finite number above 0", from the smallest value that is accepted.
std::string expected_number(float minimum);

/// Throws UsageError for a value that is cast to an enumeration without being one of it; they count from 0 to `last`.
template <class Enumeration>
void expect_enumerator(std::string_view name, Enumeration value, Enumeration last) {
  const int number = static_cast<int>(value), most = static_cast<int>(last);
  if (number >= 0 && number <= most) return;
  throw UsageError(std::string(name) + " " + std::to_string(number) + " does not exist: expected an enumerator, 0 to " +
                   std::to_string(most));
}
template <class Enumeration>
void expect_enumerator(std::string_view name, Enumeration value, int count) {
  expect_enumerator(name, value, static_cast<Enumeration>(count - 1));
}

}  // namespace minnow::engine
