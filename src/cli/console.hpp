// SPDX-License-Identifier: Apache-2.0
/// Results to standard output, everything else to standard error.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "src/cli/text.hpp"

namespace minnow::cli {

/// Standard output was closed by its reader (`minnow predict ... | head`): nothing is left to do, and nothing is wrong.
struct OutputClosed {};

/// Writes to standard output. Throws OutputClosed, or DataError where it cannot be written (a full disk).
void write_output(std::string_view text);
void flush_output();

template <class... Arguments>
void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_output(fmt::format(format, std::forward<Arguments>(arguments)...));
}

/// Writes to standard error and ignores failures there.
void write_error(std::string_view text);

/// A line on standard error: "minnow: error: ...". Whatever stands in the message, it is one line of printable text.
void write_message(std::string_view kind, std::string_view message);

/// What standard error can show.
struct Terminal {
  bool interactive = false;  ///< a terminal that can rewrite a line
  bool color = false;        ///< interactive, and NO_COLOR is unset or empty (no-color.org)
};
Terminal error_terminal();

/// How wide a text for people may be: $COLUMNS where it is set to a number, else as wide as the terminal on standard
/// output or standard error, else 80.
int columns();

/// Log lines, on standard error unless quiet.
class Log {
 public:
  explicit Log(bool quiet) : quiet_(quiet) {}
  template <class... Arguments>
  void operator()(fmt::format_string<Arguments...> format, Arguments&&... arguments) const {
    if (!quiet_) write_error(printable(fmt::format(format, std::forward<Arguments>(arguments)...)) + '\n');
  }
  bool quiet() const { return quiet_; }

 private:
  bool quiet_;
};

}  // namespace minnow::cli
