// SPDX-License-Identifier: Apache-2.0
#include "src/io/atomic_file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>

#include "minnow/error.hpp"

namespace minnow::engine {
namespace {

namespace fs = std::filesystem;

std::string remedy(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "; free some space or choose another folder";
    case EACCES:
    case EPERM:
    case EROFS:
      return "; choose a folder that you may write to";
    case ENOENT:
    case ENOTDIR:
      return "; is the folder there?";
    default:
      return "";
  }
}

/// Which temporary files belong to one target is seen from their names; the counter tells threads apart.
fs::path temporary_name(const fs::path& target) {
  static std::atomic<unsigned> counter{0};
  fs::path name = target;
  name += ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
  return name;
}

void sync_folder(const fs::path& target) {
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  const FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // EINVAL and ENOTSUP: a file system that cannot sync a folder by itself.
  if (!descriptor || (::fsync(descriptor.number()) != 0 && errno != EINVAL && errno != ENOTSUP)) {
    throw DataError(system_error_text(folder, "synced", errno));
  }
}

}  // namespace

std::string system_error_text(const fs::path& path, const std::string& action, int error_number) {
  return path.string() + ": cannot be " + action + ": " + std::generic_category().message(error_number) +
         remedy(error_number);
}

AtomicFile::AtomicFile(const fs::path& target) : target_(target) {
  std::error_code ignored;
  const fs::file_status status = fs::status(target, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw DataError(target.string() + ": is " + (fs::is_directory(status) ? "a folder" : "a device or pipe") +
                    ", expected a file that can be replaced; name another one");
  }
  do {
    temporary_ = temporary_name(target_);
    file_ = FileDescriptor(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  } while (!file_ && errno == EEXIST);
  if (!file_) {
    const int error_number = errno;
    temporary_.clear();
    throw DataError(system_error_text(target_, "written", error_number));
  }
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    constexpr std::size_t largest_write = std::size_t{1} << 30;  // write(2) moves less than 2 GiB
    const ssize_t count = ::write(file_.number(), bytes.data(), std::min(bytes.size(), largest_write));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw DataError(system_error_text(target_, "written", count == 0 ? ENOSPC : errno));
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void AtomicFile::commit() {
  if (::fsync(file_.number()) != 0 || file_.close() != 0) {
    throw DataError(system_error_text(target_, "written", errno));
  }
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    throw DataError(system_error_text(target_, "replaced", errno));
  }
  temporary_.clear();
  sync_folder(target_);
}

}  // namespace minnow::engine
