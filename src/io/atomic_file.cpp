// SPDX-License-Identifier: Apache-2.0
#include "src/io/atomic_file.hpp"

#include <fcntl.h>

#include <atomic>
#include <cerrno>
#include <string>

#include "minnow/error.hpp"

namespace minnow::engine {
namespace {

namespace fs = std::filesystem;

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

AtomicFile::AtomicFile(const fs::path& target) : target_(target) {
  std::error_code ignored;
  const fs::file_status status = fs::status(target, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw DataError(target.string() + ": is " + (fs::is_directory(status) ? "a folder" : "a device or pipe") +
                    ", expected a file that can be replaced; name another one");
  }
  if (fs::exists(status) && fs::is_symlink(fs::symlink_status(target, ignored)))
    target_ = fs::canonical(target, ignored);
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
  write_all(file_, bytes, target_);
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
