// SPDX-License-Identifier: Apache-2.0
/// Preloaded into a command (LD_PRELOAD): lets its allocations fail that tests/support/memory_faults.hpp names.
/// Compiled alone; it takes nothing from Minnow and allocates nothing.
///
/// MINNOW_TEST_ALLOCATIONS       FIRST LAST: from the FIRST to the LAST allocation, counted from 1 and from the start
///                               of main, there is no memory
/// MINNOW_TEST_ALLOCATION_COUNT  a file that gets the number of allocations when the command exits
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
}

namespace {

using Main = int(int, char**, char**);

Main* command = nullptr;
std::atomic<bool> counting{false};
std::atomic<unsigned long> count{0};
unsigned long first = 0, last = 0;

bool fails() {
  if (!counting) return false;
  const unsigned long number = ++count;
  if (number < first || number > last) return false;
  errno = ENOMEM;
  return true;
}

void write_count() {
  counting = false;
  const char* path = std::getenv("MINNOW_TEST_ALLOCATION_COUNT");
  const int file = path == nullptr ? -1 : ::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return;
  std::array<char, 32> text = {};
  const int length = std::snprintf(text.data(), text.size(), "%lu", count.load());
  static_cast<void>(!::write(file, text.data(), static_cast<size_t>(length)));
  ::close(file);
}

int counted_main(int argc, char** argv, char** environment) {
  const char* range = std::getenv("MINNOW_TEST_ALLOCATIONS");
  if (range != nullptr) static_cast<void>(!std::sscanf(range, "%lu %lu", &first, &last));
  std::atexit(write_count);
  counting = true;
  return command(argc, argv, environment);
}

}  // namespace

extern "C" {

void* malloc(size_t size) {
  return fails() ? nullptr : __libc_malloc(size);
}
void* calloc(size_t items, size_t size) {
  return fails() ? nullptr : __libc_calloc(items, size);
}
void* realloc(void* memory, size_t size) {
  return fails() ? nullptr : __libc_realloc(memory, size);
}
void* memalign(size_t alignment, size_t size) {
  return fails() ? nullptr : __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  return fails() ? nullptr : __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, size_t alignment, size_t size) {
  if (fails()) return ENOMEM;
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

int __libc_start_main(Main* main, int argc, char** argv, void (*init)(), void (*fini)(), void (*rtld_fini)(),
                      void* stack_end) {
  command = main;
  auto* const real = reinterpret_cast<decltype(&__libc_start_main)>(dlsym(RTLD_NEXT, "__libc_start_main"));
  return real(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}

}  // extern "C"
