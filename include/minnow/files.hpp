// SPDX-License-Identifier: Apache-2.0
/// Text files, read and written as run directories are. Every DataError names the file, the reason and a remedy.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "minnow/error.hpp"

namespace minnow {

/// A pipe has no reader any more: nothing is left to do, and nothing is wrong with the writer.
class ReaderGone : public DataError {
 public:
  using DataError::DataError;
};

/// All of a file, pipe or device.
std::string read_text_file(const std::filesystem::path& path);

/// Replaces a file as a whole: written beside it, synced, renamed, so that the old one stays if anything fails. It
/// keeps its permissions. A link stays a link, also one to a file that is not there yet. A pipe or a device is written
/// to, and so is what is open already (/dev/stdout, /dev/fd/3), at the place where it stands. Throws ReaderGone for a
/// pipe that nobody reads.
void write_text_file(const std::filesystem::path& path, std::string_view text);

/// Writes over what a file holds, in the place that it has: what is left where a full disk has no room for a new one
/// beside it. If that fails, the old text is put back.
void overwrite_text_file(const std::filesystem::path& path, std::string_view text);

/// Adds to the end of a file, all or nothing; creates it where it is not there.
void append_text_file(const std::filesystem::path& path, std::string_view text);

}  // namespace minnow
