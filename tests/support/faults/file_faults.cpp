// SPDX-License-Identifier: Apache-2.0
/// Preloaded into a command (LD_PRELOAD): notes its calls on files and lets those fail that
/// tests/support/file_faults.hpp names. Compiled alone; it takes nothing from Minnow and allocates nothing, so that it
/// works at any moment.
///
/// MINNOW_TEST_FAULTS   CALL PATTERN FIRST LAST ACTION, one rule a line: from the FIRST to the LAST call of CALL on a
///                      path that matches PATTERN (fnmatch; '*' takes '/' too) the ACTION happens. It is "errno N": the
///                      call does nothing but fail with N (close does close); or "signal N": the process gets the
///                      signal first, and the call goes on.
/// MINNOW_TEST_CALLS    a file that gets a line "CALL PATH" for each call that went through, "CALL PATH failed" for one
///                      that a rule let fail
///
/// A path is as the program names it, or what the descriptor names; the new one for rename.
#include <dlfcn.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int longest_path = 4200;
constexpr int most_rules = 16;
using Path = std::array<char, longest_path>;

struct Rule {
  std::array<char, 16> call, action;
  std::array<char, 256> pattern;
  unsigned first, last;
  int number;
  std::atomic<unsigned> count;
};

struct Rules {
  std::array<Rule, most_rules> all = {};
  int size = 0;
  int log = -1;
};

template <class Function>
Function* next_function(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// What stands before the program's own constructors have run, too.
Rules& rules() {
  static Rules* const loaded = [] {
    static Rules read;
    const char* text = std::getenv("MINNOW_TEST_FAULTS");
    while (text != nullptr && *text != '\0' && read.size < most_rules) {
      Rule& rule = read.all[static_cast<std::size_t>(read.size)];
      const int fields = std::sscanf(text, "%15s %255s %u %u %15s %d", rule.call.data(), rule.pattern.data(),
                                     &rule.first, &rule.last, rule.action.data(), &rule.number);
      if (fields == 6) ++read.size;
      const char* end = std::strchr(text, '\n');
      text = end == nullptr ? nullptr : end + 1;
    }
    const char* log = std::getenv("MINNOW_TEST_CALLS");
    if (log != nullptr) {
      auto* const real = next_function<int(const char*, int, ...)>("open");
      read.log = real(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    }
    return &read;
  }();
  return *loaded;
}

void note(const char* call, const char* path, const char* outcome) {
  if (rules().log < 0) return;
  std::array<char, longest_path + 32> line = {};
  const int length = std::snprintf(line.data(), line.size(), "%s %s%s\n", call, path, outcome);
  static auto* const real = next_function<ssize_t(int, const void*, size_t)>("write");
  if (length > 0) static_cast<void>(real(rules().log, line.data(), static_cast<size_t>(length)));
}

/// Whether the call shall fail; errno is set then. Otherwise errno stays what it was.
bool fails(const char* call, const char* path) {
  const int before = errno;
  int failure = 0;
  for (int i = 0; i < rules().size; ++i) {
    Rule& rule = rules().all[static_cast<std::size_t>(i)];
    if (std::strcmp(rule.call.data(), call) != 0 || fnmatch(rule.pattern.data(), path, 0) != 0) continue;
    const unsigned number = ++rule.count;
    if (number < rule.first || number > rule.last) continue;
    if (std::strcmp(rule.action.data(), "signal") == 0) {
      std::raise(rule.number);
    } else {
      failure = rule.number;
    }
  }
  note(call, path, failure != 0 ? " failed" : "");
  errno = failure != 0 ? failure : before;
  return failure != 0;
}

void path_of(int descriptor, Path& path) {
  const int before = errno;
  std::array<char, 32> link = {};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link.data(), path.data(), path.size() - 1);
  path[length < 0 ? 0 : static_cast<std::size_t>(length)] = '\0';
  errno = before;
}

bool fails(const char* call, int descriptor) {
  Path path;
  path_of(descriptor, path);
  return fails(call, path.data());
}

/// `path` relative to an open folder, as openat and renameat take it.
bool fails_at(const char* call, int folder, const char* path) {
  if (path[0] == '/' || folder == AT_FDCWD) return fails(call, path);
  Path whole;
  path_of(folder, whole);
  const std::size_t length = std::strlen(whole.data());
  std::snprintf(whole.data() + length, whole.size() - length, "/%s", path);
  return fails(call, whole.data());
}

}  // namespace

#define REAL(name) static auto* const real = next_function<decltype(name)>(#name)
#define OPEN_MODE(flags)                                     \
  mode_t mode = 0;                                           \
  if (((flags) & (O_CREAT | O_TMPFILE)) != 0) {              \
    va_list arguments;                                       \
    va_start(arguments, flags);                              \
    mode = static_cast<mode_t>(va_arg(arguments, unsigned)); \
    va_end(arguments);                                       \
  }

extern "C" {

int open(const char* path, int flags, ...) {
  REAL(open);
  OPEN_MODE(flags)
  return fails("open", path) ? -1 : real(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  REAL(open64);
  OPEN_MODE(flags)
  return fails("open", path) ? -1 : real(path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  REAL(openat);
  OPEN_MODE(flags)
  return fails_at("open", folder, path) ? -1 : real(folder, path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
  REAL(openat64);
  OPEN_MODE(flags)
  return fails_at("open", folder, path) ? -1 : real(folder, path, flags, mode);
}
int close(int descriptor) {
  REAL(close);
  if (!fails("close", descriptor)) return real(descriptor);
  const int error_number = errno;
  real(descriptor);
  errno = error_number;
  return -1;
}
ssize_t write(int descriptor, const void* bytes, size_t count) {
  REAL(write);
  return fails("write", descriptor) ? -1 : real(descriptor, bytes, count);
}
ssize_t writev(int descriptor, const iovec* pieces, int count) {
  REAL(writev);
  return fails("write", descriptor) ? -1 : real(descriptor, pieces, count);
}
int fsync(int descriptor) {
  REAL(fsync);
  return fails("fsync", descriptor) ? -1 : real(descriptor);
}
int fdatasync(int descriptor) {
  REAL(fdatasync);
  return fails("fsync", descriptor) ? -1 : real(descriptor);
}
int ftruncate(int descriptor, off_t length) noexcept {
  REAL(ftruncate);
  return fails("ftruncate", descriptor) ? -1 : real(descriptor, length);
}
int rename(const char* from, const char* to) noexcept {
  REAL(rename);
  return fails("rename", to) ? -1 : real(from, to);
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  REAL(renameat);
  return fails_at("rename", to_folder, to) ? -1 : real(from_folder, from, to_folder, to);
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  REAL(renameat2);
  return fails_at("rename", to_folder, to) ? -1 : real(from_folder, from, to_folder, to, flags);
}
int mkdir(const char* path, mode_t mode) noexcept {
  REAL(mkdir);
  return fails("mkdir", path) ? -1 : real(path, mode);
}
int symlink(const char* target, const char* path) noexcept {
  REAL(symlink);
  return fails("symlink", path) ? -1 : real(target, path);
}
int unlink(const char* path) noexcept {
  REAL(unlink);
  return fails("unlink", path) ? -1 : real(path);
}
int unlinkat(int folder, const char* path, int flags) noexcept {
  REAL(unlinkat);
  return fails_at("unlink", folder, path) ? -1 : real(folder, path, flags);
}
int remove(const char* path) noexcept {
  REAL(remove);
  return fails("unlink", path) ? -1 : real(path);
}
int rmdir(const char* path) noexcept {
  REAL(rmdir);
  return fails("unlink", path) ? -1 : real(path);
}

}  // extern "C"
