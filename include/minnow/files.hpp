// SPDX-License-Identifier: Apache-2.0
/// Text files, read and written as run directories are. Every DataError names the file, the reason and a remedy.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace minnow {

/// All of a file, pipe or device.
std::string read_text_file(const std::filesystem::path& path);

/// Replaces a file as a whole: written beside it, synced, renamed, so that the old one stays if anything fails. A link
/// stays a link; a pipe or a device is written to.
void write_text_file(const std::filesystem::path& path, std::string_view text);

/// Adds to the end of a file, all or nothing; creates it where it is not there.
void append_text_file(const std::filesystem::path& path, std::string_view text);

}  // namespace minnow
