// SPDX-License-Identifier: Apache-2.0
#include "src/cli/run_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "minnow/error.hpp"

namespace minnow::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view latest_name = "latest", hidden_prefix = ".minnow-";

[[noreturn]] void fail(const fs::path& path, const std::string& reason) {
  throw DataError(fmt::format("{}: the run directory cannot be created: {}; choose another folder with --out",
                              path.string(), reason));
}

[[noreturn]] void fail(const fs::path& path, int error_number) {
  fail(path, std::generic_category().message(error_number));
}

int open_folder(const fs::path& path) {
  return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/// Whether another process holds the lock.
bool is_held(int folder) {
  return ::flock(folder, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

/// Of runs that were killed before their folder had its name.
void remove_leftovers(const fs::path& parent) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, ignored)) {
    if (!entry.path().filename().string().starts_with(hidden_prefix)) continue;
    const int folder = open_folder(entry.path());
    if (folder < 0) continue;
    // Where nothing can be locked, nothing is known about its process either.
    if (::flock(folder, LOCK_SH | LOCK_NB) == 0) fs::remove_all(entry.path(), ignored);
    ::close(folder);
  }
}

/// A rename that replaces nothing; false where `to` is there.
bool rename_to_new(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EINVAL || errno == ENOSYS) {  // a file system that knows no such rename
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(to, ignored))) return false;
    if (::rename(from.c_str(), to.c_str()) == 0) return true;
    if (errno == ENOTEMPTY || errno == ENOTDIR) errno = EEXIST;
  }
  if (errno != EEXIST) fail(to, errno);
  return false;
}

void check_replaceable(const fs::path& target) {
  std::error_code ignored;
  if (fs::is_symlink(fs::symlink_status(target, ignored))) {
    throw DataError(fmt::format("{}: is a link, and --overwrite replaces nothing but a run; choose another --name",
                                target.string()));
  }
  const bool is_run = fs::exists(target / "run.json", ignored) || fs::exists(target / "metrics.jsonl", ignored);
  if (!fs::is_directory(target, ignored) || !is_run) {
    throw DataError(
        fmt::format("{}: is not a run directory: it holds neither run.json nor metrics.jsonl; --overwrite replaces "
                    "nothing but a run, choose "
                    "another --name",
                    target.string()));
  }
  if (is_locked(target)) {
    throw DataError(fmt::format("{}: this run goes on and cannot be overwritten; stop it or choose another --name",
                                target.string()));
  }
}

}  // namespace

RunFolder::RunFolder(const fs::path& parent) : parent_(parent) {
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) fail(parent, error.message());
  remove_leftovers(parent);
  for (int number = 1; descriptor_ < 0; ++number) {
    const fs::path path = parent / fmt::format("{}new-{}-{}", hidden_prefix, ::getpid(), number);
    if (::mkdir(path.c_str(), 0777) != 0) {
      if (errno == EEXIST) continue;
      fail(path, errno);
    }
    descriptor_ = open_folder(path);
    if (descriptor_ < 0 && errno != ENOENT) {
      const int error_number = errno;
      ::rmdir(path.c_str());
      fail(path, error_number);
    }
    locked_ = descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX) == 0;
    struct stat status = {};
    const bool there = descriptor_ >= 0 && ::stat(path.c_str(), &status) == 0;
    if (!there) {  // between mkdir and the lock, another run took it for a leftover
      if (descriptor_ >= 0) ::close(descriptor_);
      descriptor_ = -1;
    }
    path_ = path;
  }
}

RunFolder::~RunFolder() {
  std::error_code ignored;
  if (hidden_) fs::remove_all(path_, ignored);
  ::close(descriptor_);
}

void RunFolder::appear(const std::string& name, bool overwrite) {
  fs::path target = parent_ / name;
  const bool first = rename_to_new(path_, target);
  if (!first && overwrite) {
    check_replaceable(target);
    struct stat status = {};  // the new run is as private as the one that it replaces
    if (::stat(target.c_str(), &status) == 0) static_cast<void>(::chmod(path_.c_str(), status.st_mode & 07777));
    fs::path old = path_;
    old += "-old";
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) {
      old = path_;
    } else {  // a file system that cannot exchange two folders: for a moment there is none
      if (::rename(target.c_str(), old.c_str()) != 0) fail(target, errno);
      if (::rename(path_.c_str(), target.c_str()) != 0) {
        const int error_number = errno;
        ::rename(old.c_str(), target.c_str());
        fail(target, error_number);
      }
    }
    std::error_code ignored;
    fs::remove_all(old, ignored);  // else the next run removes it
  } else if (!first) {
    int number = 2;
    do {
      target = parent_ / fmt::format("{}-{}", name, number++);
    } while (!rename_to_new(path_, target));
  }
  path_ = target;
  const int parent = ::open(parent_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // EINVAL and ENOTSUP: a file system that cannot sync a folder by itself.
  const bool synced = parent >= 0 && (::fsync(parent) == 0 || errno == EINVAL || errno == ENOTSUP);
  const int error_number = errno;
  if (parent >= 0) ::close(parent);
  if (!synced) fail(target, error_number);
  hidden_ = false;
}

bool is_reserved_name(const std::string& name) {
  return name == latest_name || name.starts_with(hidden_prefix);
}

bool is_locked(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool held = is_held(descriptor);
  ::close(descriptor);
  return held;
}

void link_latest(const fs::path& parent, const fs::path& folder) {
  const fs::path link = parent / latest_name, temporary = parent / fmt::format("{}latest", hidden_prefix);
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(link, ignored);
  if (fs::exists(status) && !fs::is_symlink(status)) {
    throw DataError(fmt::format("{}: is no link, so it cannot name the latest run; rename it", link.string()));
  }
  for (int tries = 0;; ++tries) {
    ::unlink(temporary.c_str());  // of a run that was killed here, or of one that begins just now
    const bool linked =
        ::symlink(folder.filename().c_str(), temporary.c_str()) == 0 && ::rename(temporary.c_str(), link.c_str()) == 0;
    if (linked) return;
    const int error_number = errno;
    const bool disturbed = error_number == EEXIST || error_number == ENOENT;
    if (disturbed && tries < 100) continue;
    ::unlink(link.c_str());
    throw DataError(fmt::format("{}: the link to the latest run cannot be made: {}", link.string(),
                                std::generic_category().message(error_number)));
  }
}

fs::path latest_run(const fs::path& parent) {
  const fs::path link = parent / latest_name;
  std::error_code error;
  const fs::path target = fs::read_symlink(link, error);
  if (error || !fs::is_directory(link, error)) {
    throw DataError(fmt::format("{}: there is no latest run; name a model file or a run directory", link.string()));
  }
  return target.is_absolute() ? target : parent / target;
}

}  // namespace minnow::cli
