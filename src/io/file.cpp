// SPDX-License-Identifier: Apache-2.0
#include "src/io/file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "minnow/error.hpp"

namespace minnow::engine {
namespace {

std::string remedy(int error_number, bool reading) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "; free some space or choose another folder";
    case EFBIG:
      return "; raise the limit on the size of files (ulimit -f) or choose another folder";
    case EACCES:
    case EPERM:
    case EROFS:
      return reading ? "; make it readable" : "; choose a folder that you may write to";
    case ENOENT:
    case ENOTDIR:
      return reading ? "; check the path" : "; is the folder there?";
    case EISDIR:
      return "; name a file";
    default:
      return "";
  }
}

}  // namespace

std::string system_error_text(const std::filesystem::path& path, const std::string& action, int error_number) {
  return path.string() + ": cannot be " + action + ": " + std::generic_category().message(error_number) +
         remedy(error_number, action == "read");
}

void write_all(const FileDescriptor& file, std::span<const std::byte> bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    constexpr std::size_t largest_write = std::size_t{1} << 30;  // write(2) moves less than 2 GiB
    const ssize_t count = ::write(file.number(), bytes.data(), std::min(bytes.size(), largest_write));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw DataError(system_error_text(path, "written", count == 0 ? ENOSPC : errno));
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace minnow::engine
