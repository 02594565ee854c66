// SPDX-License-Identifier: Apache-2.0
/// Checksums of files, as `sha256sum` prints them.
#pragma once

#include <filesystem>
#include <string>

namespace minnow::cli {

/// 64 hexadecimal digits (SHA-256, FIPS 180-4). Throws DataError where the file cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace minnow::cli
