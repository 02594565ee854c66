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

FileDescriptor open_to_write(const fs::path& path, int flags) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | flags, 0666));
  if (!file) throw DataError(system_error_text(path, "written", errno));
  return file;
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
  if (fs::is_other(status)) {
    return engine::write_all(open_to_write(path, 0), std::as_bytes(std::span(text)), path);
  }
  engine::AtomicFile file(path);
  file.write(text);
  file.commit();
}

void append_text_file(const fs::path& path, std::string_view text) {
  const FileDescriptor file = open_to_write(path, O_APPEND | O_CREAT);
  const off_t end = ::lseek(file.number(), 0, SEEK_END);
  try {
    engine::write_all(file, std::as_bytes(std::span(text)), path);
  } catch (
      const DataError&) {  // a full disk may have taken a part; the error is told whether that can be undone or not
    static_cast<void>(!::ftruncate(file.number(), end));
    throw;
  }
}

}  // namespace minnow
