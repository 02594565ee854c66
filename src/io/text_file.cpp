// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <array>
#include <cerrno>
#include <span>
#include <system_error>

#include "minnow/error.hpp"
#include "minnow/files.hpp"
#include "src/io/atomic_file.hpp"
#include "src/io/file.hpp"

namespace minnow {
namespace {

namespace fs = std::filesystem;
using engine::FileDescriptor;
using engine::system_error_text;

void write_through(const fs::path& path, std::string_view text, int flags) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | flags, 0666));
  if (!file) throw DataError(system_error_text(path, "written", errno));
  engine::write_all(file, std::as_bytes(std::span(text)), path);
}

}  // namespace

std::string read_text_file(const fs::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) throw DataError(system_error_text(path, "read", errno));
  std::string text;
  std::array<char, 1 << 16> piece;
  for (;;) {
    const ssize_t count = ::read(file.number(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw DataError(system_error_text(path, "read", errno));
    if (count == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
}

void write_text_file(const fs::path& path, std::string_view text) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::is_other(status)) return write_through(path, text, 0);
  engine::AtomicFile file(path);
  file.write(text);
  file.commit();
}

void append_text_file(const fs::path& path, std::string_view text) {
  write_through(path, text, O_APPEND | O_CREAT);
}

}  // namespace minnow
