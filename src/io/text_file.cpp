// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <span>
#include <system_error>

#include "minnow/error.hpp"
#include "minnow/files.hpp"
#include "src/io/atomic_file.hpp"
#include "src/io/file.hpp"

namespace minnow {
namespace {

namespace fs = std::filesystem;
using engine::FileAccess;
using engine::FileDescriptor;
using engine::system_error_text;

FileDescriptor open_to_append(const fs::path& path, int flags) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | flags, 0666));
  if (!file) throw DataError(system_error_text(path, FileAccess::writing, errno));
  return file;
}

/// A pipe, a device, or what is open already: its own descriptor, which knows its place and what it appends to. Opened
/// anew, it would begin at byte 0, and a socket could not be opened at all.
FileDescriptor open_stream(const fs::path& path) {
  std::error_code error;
  const std::string name = path.filename().string();
  int number = -1;
  const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool own = bad == std::errc() && end == name.data() + name.size() &&
                   fs::canonical(path.parent_path(), error) == fs::canonical("/proc/self/fd", error) && !error;
  if (!own) return open_to_append(path, 0);
  FileDescriptor file(::fcntl(number, F_DUPFD_CLOEXEC, 0));
  if (!file) throw DataError(system_error_text(path, FileAccess::writing, errno));
  return file;
}

}  // namespace

std::string read_text_file(const fs::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) throw DataError(system_error_text(path, FileAccess::reading, errno));
  std::string text;
  std::array<char, 1 << 16> piece;
  for (;;) {
    const ssize_t count = ::read(file.number(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw DataError(system_error_text(path, FileAccess::reading, errno));
    if (count == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
}

void write_text_file(const fs::path& path, std::string_view text) {
  const fs::path target = engine::follow_links(path);
  std::error_code ignored;
  if (engine::names_descriptor(target) || fs::is_other(fs::status(target, ignored))) {
    FileDescriptor file = open_stream(target);
    engine::write_all(file, std::as_bytes(std::span(text)), path);
    return engine::close_written(file, path);
  }
  engine::AtomicFile file(target);
  file.write(text);
  file.commit();
}

void overwrite_text_file(const fs::path& path, std::string_view text) {
  const std::string before = read_text_file(path);
  const auto put = [&](std::string_view whole) {
    FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) throw DataError(system_error_text(path, FileAccess::writing, errno));
    engine::write_all(file, std::as_bytes(std::span(whole)), path);
    if (::ftruncate(file.number(), static_cast<off_t>(whole.size())) != 0) {
      throw DataError(system_error_text(path, FileAccess::writing, errno));
    }
    engine::close_written(file, path);
  };
  try {
    put(text);
  } catch (const DataError&) {
    try {
      put(before);
    } catch (const DataError&) {  // the first error is the one to tell
    }
    throw;
  }
}

void append_text_file(const fs::path& path, std::string_view text) {
  FileDescriptor file = open_to_append(path, O_CREAT);
  const off_t end = ::lseek(file.number(), 0, SEEK_END);
  try {
    engine::write_all(file, std::as_bytes(std::span(text)), path);
    engine::close_written(file, path);
  } catch (
      const DataError&) {  // a full disk may have taken a part; the error is told whether that can be undone or not
    if (end >= 0) static_cast<void>(!::truncate(path.c_str(), end));
    throw;
  }
}

}  // namespace minnow
