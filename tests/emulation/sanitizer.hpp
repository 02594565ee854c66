// SPDX-License-Identifier: Apache-2.0
// The sanitizers' entry points, as weak symbols: null where the program is built without that sanitizer. So one object
// of the emulation serves every build, itself never instrumented by ThreadSanitizer (emulation.hpp says why).
#pragma once

#include <cstddef>
#include <exception>
#include <optional>

extern "C" {
// NOLINTBEGIN: names given by the sanitizers
__attribute__((weak)) void __sanitizer_start_switch_fiber(void** fake_stack, const void* bottom, std::size_t size);
__attribute__((weak)) void __sanitizer_finish_switch_fiber(void* fake_stack, const void** bottom, std::size_t* size);
__attribute__((weak)) void __asan_poison_memory_region(const volatile void* address, std::size_t size);
__attribute__((weak)) void __asan_unpoison_memory_region(const volatile void* address, std::size_t size);
__attribute__((weak)) void* __tsan_get_current_fiber();
__attribute__((weak)) void* __tsan_create_fiber(unsigned flags);
__attribute__((weak)) void __tsan_destroy_fiber(void* fiber);
__attribute__((weak)) void __tsan_switch_to_fiber(void* fiber, unsigned flags);
__attribute__((weak)) void __tsan_acquire(void* address);
__attribute__((weak)) void __tsan_release(void* address);
__attribute__((weak)) void __tsan_read_range(void* address, unsigned long size);
__attribute__((weak)) void __tsan_write_range(void* address, unsigned long size);
__attribute__((weak)) void AnnotateIgnoreReadsBegin(const char* file, int line);
__attribute__((weak)) void AnnotateIgnoreReadsEnd(const char* file, int line);
__attribute__((weak)) void AnnotateIgnoreWritesBegin(const char* file, int line);
__attribute__((weak)) void AnnotateIgnoreWritesEnd(const char* file, int line);
// NOLINTEND
}

namespace emulation {

inline bool under_asan() {
  return __asan_poison_memory_region != nullptr;
}
inline bool under_tsan() {
  return __tsan_create_fiber != nullptr;
}

inline void tsan_acquire(void* tag) {
  if (under_tsan()) __tsan_acquire(tag);
}
inline void tsan_release(void* tag) {
  if (under_tsan()) __tsan_release(tag);
}

/// A sync address that nobody else uses now: tags come back only after 65,536 others, so that an old clock on a tag
/// cannot order threads that nothing has ordered since.
inline void* fresh_tag() {
  static char tags[65536 * 8];
  static std::size_t next = 0;
  next = (next + 8) % sizeof tags;
  return &tags[next];
}

/// ThreadSanitizer overlooks what the emulation itself reads, writes, allocates and frees in this scope.
class TsanIgnore {
 public:
  TsanIgnore() {
    if (!under_tsan()) return;
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  }
  ~TsanIgnore() {
    if (!under_tsan()) return;
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  }
  TsanIgnore(const TsanIgnore&) = delete;
  TsanIgnore& operator=(const TsanIgnore&) = delete;
};

/// A ThreadSanitizer identity: one for each stream, each graph node and each emulated thread. Created with all that its
/// creator has seen; a switch orders nothing by itself.
class TsanFiber {
 public:
  static constexpr unsigned no_sync = 1;

  TsanFiber() : fiber_(under_tsan() ? __tsan_create_fiber(0) : nullptr) {}
  ~TsanFiber() {
    if (fiber_ != nullptr) __tsan_destroy_fiber(fiber_);
  }
  TsanFiber(const TsanFiber&) = delete;
  TsanFiber& operator=(const TsanFiber&) = delete;
  void enter() const {
    if (fiber_ != nullptr) __tsan_switch_to_fiber(fiber_, no_sync);
  }

 private:
  void* fiber_;
};

/// Runs a scope under another ThreadSanitizer identity. What the scope itself does is overlooked, since it happens on
/// the stack of the caller; it tells what it touches by tsan_touch. An exception takes what that identity has done
/// along.
class TsanScope {
 public:
  explicit TsanScope(const TsanFiber& fiber) {
    if (!under_tsan()) return;
    caller_ = __tsan_get_current_fiber();
    fiber.enter();
    ignore_.emplace();
  }
  ~TsanScope() {
    if (caller_ == nullptr) return;
    const bool unwinding = std::uncaught_exceptions() > exceptions_;
    if (unwinding) __tsan_release(this);
    ignore_.reset();
    __tsan_switch_to_fiber(caller_, TsanFiber::no_sync);
    if (unwinding) __tsan_acquire(this);
  }
  TsanScope(const TsanScope&) = delete;
  TsanScope& operator=(const TsanScope&) = delete;

 private:
  void* caller_ = nullptr;
  std::optional<TsanIgnore> ignore_;
  int exceptions_ = std::uncaught_exceptions();
};

enum class Touch { read, write };

/// Device work touches this memory. To be called directly in a TsanScope, not within another TsanIgnore.
inline void tsan_touch(Touch touch, const void* address, std::size_t bytes) {
  if (!under_tsan()) return;
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
  AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  const auto range = touch == Touch::read ? __tsan_read_range : __tsan_write_range;
  range(const_cast<void*>(address), bytes);
  AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
}

}  // namespace emulation
