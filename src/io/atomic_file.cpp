// SPDX-License-Identifier: Apache-2.0
#include "src/io/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <optional>

#include "minnow/error.hpp"

namespace minnow::engine {
namespace {

namespace fs = std::filesystem;

/// Which temporary files belong to one target is seen from their names; the counter tells threads apart.
std::string temporary_name(std::string_view target) {
  static std::atomic<unsigned> counter{0};
  const std::string suffix = ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
  constexpr std::size_t longest_name = 255;  // bytes, of every common file system
  return std::string(target.substr(0, longest_name - suffix.size())) + suffix;
}

FileDescriptor open_folder(const fs::path& target) {
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  FileDescriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // One may write into a folder that one may not list.
  if (!opened && errno == EACCES) opened = FileDescriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!opened) throw DataError(system_error_text(target, FileAccess::writing, errno));
  return opened;
}

[[noreturn]] void refuse(const fs::path& target, const std::string& what) {
  throw DataError(target.string() + ": is " + what + ", expected a file that can be replaced; name another one");
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& target) : target_(follow_links(target)) {
  if (names_descriptor(target_)) refuse(target_, "what a process has opened");
  if (!target_.has_filename()) refuse(target_, "a folder");
  folder_ = open_folder(target_);
  create();
}

void AtomicFile::create() {
  struct stat old = {};
  const bool there = ::fstatat(folder_.number(), target_.filename().c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0;
  if (!there && errno != ENOENT) throw DataError(system_error_text(target_, FileAccess::writing, errno));
  if (there && !S_ISREG(old.st_mode)) refuse(target_, S_ISDIR(old.st_mode) ? "a folder" : "a device or pipe");
  const mode_t mode = there ? old.st_mode & 0777u : 0666;  // never open to more than before, not for a moment
  do {
    temporary_ = temporary_name(target_.filename().string());
    file_ = FileDescriptor(
        ::openat(folder_.number(), temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, mode));
  } while (!file_ && errno == EEXIST);
  if (!file_) {
    const int error_number = errno;
    temporary_.clear();
    throw DataError(system_error_text(target_, FileAccess::writing, error_number));
  }
  if (!there) return;
  // Only root may give files away, and some file systems keep no modes: the file is then the writer's own.
  static_cast<void>(!::fchown(file_.number(), old.st_uid, old.st_gid));
  static_cast<void>(!::fchmod(file_.number(), mode));
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlinkat(folder_.number(), temporary_.c_str(), 0);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write_all(file_, bytes, target_);
}

void AtomicFile::commit() {
  if (::fsync(file_.number()) != 0) throw DataError(system_error_text(target_, FileAccess::writing, errno));
  close_written(file_, target_);
  const std::string name = target_.filename().string();
  if (::renameat(folder_.number(), temporary_.c_str(), folder_.number(), name.c_str()) != 0) {
    throw DataError(system_error_text(target_, FileAccess::writing, errno));
  }
  temporary_.clear();
  sync_folder();
}

void AtomicFile::sync_folder() const {
  // A file system that cannot sync a folder by itself, or a folder that may not be read.
  const auto cannot = [](int error_number) {
    return error_number == EINVAL || error_number == ENOTSUP || error_number == EBADF;
  };
  if (::fsync(folder_.number()) != 0 && !cannot(errno)) {
    throw DataError(system_error_text(target_, FileAccess::writing, errno));
  }
}

}  // namespace minnow::engine
