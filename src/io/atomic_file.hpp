// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "src/io/file.hpp"

namespace minnow::engine {

/// A file that appears whole or not at all: written beside its target, synced, then renamed over it. Until `commit`
/// renames, the target is what it was before. The target of a link is the file that it names, which need not be there
/// yet. A file that is replaced passes on its permissions, and its owner where the system allows that. Throws
/// DataError, also for a target that is no file found by its name; the temporary file goes with the object.
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
  void create();
  void sync_folder() const;

  std::filesystem::path target_;
  FileDescriptor folder_;  ///< in which both names lie
  std::string temporary_;  ///< empty: there is none
  FileDescriptor file_;
};

}  // namespace minnow::engine
