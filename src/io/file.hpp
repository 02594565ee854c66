// SPDX-License-Identifier: Apache-2.0
/// A POSIX file descriptor with an owner, where a path leads, and the words for what the system reports.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

namespace minnow::engine {

/// Closes what it owns.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }
  explicit operator bool() const { return number_ >= 0; }
  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

enum class FileAccess : std::uint8_t { reading, writing };

/// "PATH: cannot be written: No space left on device; free some space or choose another folder"
std::string system_error_text(const std::filesystem::path& path, FileAccess access, int error_number);

/// Throws DataError, naming `path`; ReaderGone where it is a pipe that nobody reads any more.
void write_all(const FileDescriptor& file, std::span<const std::byte> bytes, const std::filesystem::path& path);

/// Closes a file that was written. Throws DataError: some file systems report only here that a write has failed.
void close_written(FileDescriptor& file, const std::filesystem::path& path);

/// The file that a path means: links are followed, also to where there is nothing yet, or to an open descriptor
/// (names_descriptor). Throws DataError where they lead nowhere.
std::filesystem::path follow_links(std::filesystem::path path);

/// Whether the path names an open descriptor: /dev/fd/3 or /proc/PID/fd/3, to which /dev/stdout leads. Its file belongs
/// to whoever has opened it, at that one's place in it; the file's own name says nothing about that.
bool names_descriptor(const std::filesystem::path& path);

}  // namespace minnow::engine
