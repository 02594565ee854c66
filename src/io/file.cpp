// SPDX-License-Identifier: Apache-2.0
#include "src/io/file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "minnow/error.hpp"
#include "minnow/excerpt.hpp"
#include "minnow/files.hpp"

namespace minnow::engine {
namespace {

namespace fs = std::filesystem;

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
    case ENAMETOOLONG:
      return "; choose a shorter name";
    case ELOOP:
      return "; the link leads back to itself";
    default:
      return "";
  }
}

}  // namespace

std::string system_error_text(const fs::path& path, FileAccess access, int error_number) {
  constexpr std::size_t longest_path = 4096;
  const bool reading = access == FileAccess::reading;
  return excerpt(path.string(), longest_path) + ": cannot be " + (reading ? "read" : "written") + ": " +
         std::generic_category().message(error_number) + remedy(error_number, reading);
}

void write_all(const FileDescriptor& file, std::span<const std::byte> bytes, const fs::path& path) {
  while (!bytes.empty()) {
    constexpr std::size_t largest_write = std::size_t{1} << 30;  // write(2) moves less than 2 GiB
    const ssize_t count = ::write(file.number(), bytes.data(), std::min(bytes.size(), largest_write));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EPIPE) throw ReaderGone(system_error_text(path, FileAccess::writing, EPIPE));
    if (count <= 0) throw DataError(system_error_text(path, FileAccess::writing, count == 0 ? ENOSPC : errno));
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void close_written(FileDescriptor& file, const fs::path& path) {
  // EINTR: Linux has closed it.
  if (::close(file.release()) != 0 && errno != EINTR) {
    throw DataError(system_error_text(path, FileAccess::writing, errno));
  }
}

fs::path follow_links(fs::path path) {
  constexpr int most_links = 40;  // as many as the system follows
  std::error_code error;
  for (int links = 0; !names_descriptor(path) && fs::is_symlink(fs::symlink_status(path, error)); ++links) {
    if (links == most_links) throw DataError(system_error_text(path, FileAccess::writing, ELOOP));
    path = path.parent_path() / fs::read_symlink(path, error);  // an absolute one replaces all before it
    if (error) throw DataError(system_error_text(path, FileAccess::writing, error.value()));
  }
  return path;
}

bool names_descriptor(const fs::path& path) {
  std::error_code error;
  const fs::path folder = fs::canonical(path.has_parent_path() ? path.parent_path() : fs::path("."), error);
  return !error && folder.filename() == "fd" && folder.string().starts_with("/proc/");
}

}  // namespace minnow::engine
