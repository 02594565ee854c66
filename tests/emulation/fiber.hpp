// SPDX-License-Identifier: Apache-2.0
// Execution contexts with their own stacks, for emulated threads that wait.
#pragma once

#include <cstddef>

namespace emulation {

/// Without a stack of its own: the context of whoever calls switch_to first, the host thread.
class Fiber {
 public:
  Fiber() = default;
  /// Starts in entry(argument) when first switched to; entry must never return.
  Fiber(void (*entry)(void*), void* argument);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Leaves `this`, which must be the running fiber, and continues `next` where it left.
  void switch_to(Fiber& next);

  /// First code on a new stack.
  static void start() noexcept;

 private:
  void arrived();

  void* stack_pointer_ = nullptr;
  char* stack_ = nullptr;  ///< what was allocated
  const void* bottom_ = nullptr;
  std::size_t size_ = 0;
  void* fake_stack_ = nullptr;  ///< AddressSanitizer's, while this fiber does not run
  void (*entry_)(void*) = nullptr;
  void* argument_ = nullptr;
};

}  // namespace emulation
