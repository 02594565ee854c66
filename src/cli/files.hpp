// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace minnow::cli {

/// Replaces a file as a whole: written beside it, synced, renamed. Throws DataError; the old file then stays.
void write_whole(const std::filesystem::path& path, std::string_view text);

/// A text file that only grows; each append is one write.
class GrowingFile {
 public:
  GrowingFile() = default;
  explicit GrowingFile(const std::filesystem::path& path);
  ~GrowingFile();
  GrowingFile(GrowingFile&& other) noexcept;
  GrowingFile& operator=(GrowingFile&& other) noexcept;

  void append(std::string_view text);

 private:
  int descriptor_ = -1;
  std::filesystem::path path_;
};

}  // namespace minnow::cli
