// SPDX-License-Identifier: Apache-2.0
#include "src/cli/console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

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
  write_error(fmt::format("minnow: {}: {}\n", kind, printable(message)));
}

Terminal error_terminal() {
  Terminal terminal;
  const char* kind = std::getenv("TERM");
  const bool dumb = kind != nullptr && std::string_view(kind) == "dumb";
  terminal.interactive = isatty(STDERR_FILENO) == 1 && !dumb;
  terminal.color = terminal.interactive && !is_set("NO_COLOR");
  winsize size = {};
  if (terminal.interactive && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.columns = size.ws_col;
  }
  return terminal;
}

}  // namespace minnow::cli
