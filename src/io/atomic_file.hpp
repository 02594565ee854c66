// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "src/io/file.hpp"

namespace minnow::engine {

/// A file that appears whole or not at all: written beside its target, synced, then renamed over it. Until `commit`
/// has returned, the target is what it was before. The target of a link is the file that it names. Throws DataError;
/// the temporary file goes with the object.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// The file and its folder are on disk when this returns.
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  FileDescriptor file_;
};

}  // namespace minnow::engine
