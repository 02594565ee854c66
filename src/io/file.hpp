// SPDX-License-Identifier: Apache-2.0
/// A POSIX file descriptor with an owner, and the words for what the system reports.
#pragma once

#include <unistd.h>

#include <cstddef>
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
  /// close(2)'s own answer: some file systems report a failed write only here.
  int close() { return ::close(std::exchange(number_, -1)); }

 private:
  int number_ = -1;
};

/// "PATH: cannot be <action>: No space left on device; free some space or choose another folder". `action` is "read" or
/// one of writing.
std::string system_error_text(const std::filesystem::path& path, const std::string& action, int error_number);

/// Throws DataError, naming `path`.
void write_all(const FileDescriptor& file, std::span<const std::byte> bytes, const std::filesystem::path& path);

}  // namespace minnow::engine
