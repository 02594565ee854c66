// SPDX-License-Identifier: Apache-2.0
#include "src/cli/console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "minnow/error.hpp"

namespace minnow::cli {
namespace {

[[noreturn]] void fail_output() {
  if (errno == EPIPE) throw OutputClosed{};
  throw DataError(fmt::format("standard output cannot be written: {}", std::strerror(errno)));
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

void write_output(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail_output();
}

void flush_output() {
  if (std::fflush(stdout) != 0) fail_output();
}

void write_error(std::string_view text) {
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
  (void)std::fflush(stderr);
}

void write_message(std::string_view kind, std::string_view message) {
  constexpr std::size_t longest = 4000;  // two paths, or what a hostile file may put there
  write_error(fmt::format("minnow: {}: {}\n", kind, without_middle(printable(message), longest)));
}

Terminal error_terminal() {
  Terminal terminal;
  const char* kind = std::getenv("TERM");
  const bool dumb = kind != nullptr && std::string_view(kind) == "dumb";
  terminal.interactive = isatty(STDERR_FILENO) == 1 && !dumb;
  terminal.color = terminal.interactive && !is_set("NO_COLOR");
  return terminal;
}

int columns() {
  const char* variable = std::getenv("COLUMNS");
  const std::string_view text = variable == nullptr ? "" : variable;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number > 0) return number;
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
    winsize size = {};
    if (ioctl(stream, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  }
  return 80;
}

}  // namespace minnow::cli
