// SPDX-License-Identifier: Apache-2.0
#include "src/cli/checksum.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nettle/sha2.h>
#include <nettle/version.h>

#include <array>
#include <cstdint>
#include <fstream>

#include "minnow/error.hpp"

namespace minnow::cli {

std::string sha256_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  sha256_ctx context;
  sha256_init(&context);
  std::array<char, 1 << 16> piece;
  while (file.read(piece.data(), piece.size()), file.gcount() > 0) {
    sha256_update(&context, static_cast<std::size_t>(file.gcount()), reinterpret_cast<std::uint8_t*>(piece.data()));
  }
  if (!file.eof()) throw DataError(path.string() + ": cannot be read for its checksum; is it still there?");
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest;
#if NETTLE_VERSION_MAJOR < 4
  sha256_digest(&context, digest.size(), digest.data());
#else
  sha256_digest(&context, digest.data());
#endif
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

}  // namespace minnow::cli
