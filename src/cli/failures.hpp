// SPDX-License-Identifier: Apache-2.0
/// What goes wrong while a run goes on: a full disk shall cost a line of a log, and not the weights.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "minnow/error.hpp"

namespace minnow::cli {

/// What is said where memory ran out; taking none itself.
inline constexpr std::string_view out_of_memory = "out of memory; use a smaller network, batch or dataset";

/// The category by which the exception ends a command; running out of memory is one of them.
ErrorCategory category_of(const std::exception_ptr& error);
std::string message_of(const std::exception_ptr& error);

/// What could not be done so far, by the name of what is missing for it. What succeeds later is no failure.
class Failures {
 public:
  /// Whether `action` did what `what` ("run.json") needs; its exception is noted.
  template <class Action>
  bool attempt(const std::string& what, Action&& action) {
    try {
      action();
    } catch (...) {
      note(what, std::current_exception());
      return false;
    }
    forget(what);
    return true;
  }
  void forget(const std::string& what);

  bool empty() const { return open_.empty(); }
  /// The first failure's message, and the names of everything else that is missing.
  std::string message() const;
  /// With that message, and the first failure's category; null where nothing is missing.
  std::exception_ptr error() const;

 private:
  struct Failure {
    std::string what, message;
    ErrorCategory category;
  };

  void note(const std::string& what, const std::exception_ptr& error);

  std::vector<Failure> open_;  ///< in the order in which they began
};

}  // namespace minnow::cli
