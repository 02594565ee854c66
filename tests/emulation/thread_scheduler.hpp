// SPDX-License-Identifier: Apache-2.0
// The threads of one block, run on fibers: which one runs next, and what happens when it waits, returns or fails.
#pragma once

#include <cuda_runtime.h>

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "tests/emulation/emulation.hpp"
#include "tests/emulation/fiber.hpp"
#include "tests/emulation/identity_pool.hpp"
#include "tests/emulation/sanitizer.hpp"

namespace emulation {

inline constexpr unsigned lanes_per_warp = 32;
inline constexpr unsigned most_threads = 1024;
inline constexpr unsigned most_warps = most_threads / lanes_per_warp;

struct ThreadState {
  Fiber* fiber = nullptr;        ///< where it waits or runs; null before its first and after its last instruction
  Identity* identity = nullptr;  ///< for ThreadSanitizer, in this block
};

class ThreadScheduler {
 public:
  /// What a thread does, and what happens when it has returned; what they throw ends the whole block.
  using Call = void (*)(void* argument);

  ThreadScheduler() = default;
  ~ThreadScheduler();
  ThreadScheduler(const ThreadScheduler&) = delete;
  ThreadScheduler& operator=(const ThreadScheduler&) = delete;

  /// Runs `count` threads to their end. Throws what a thread threw or failed with; the others are then abandoned.
  void run(unsigned count, dim3 shape, Call body, Call returned, std::string (*describe_stuck)(void*), void* argument);

  bool running() const { return running_; }
  unsigned thread() const { return current_; }
  unsigned warp() const { return current_ / lanes_per_warp; }
  unsigned lane() const { return current_ % lanes_per_warp; }
  unsigned threads() const { return count_; }
  std::uint32_t returned_lanes(unsigned warp) const { return returned_[warp]; }
  unsigned returned_threads() const { return returned_threads_; }
  std::uint32_t existing_lanes(unsigned warp) const;

  /// The running thread stops until make_ready names it.
  void wait();
  void make_ready(unsigned warp, std::uint32_t lanes);

 private:
  static void worker_entry(void* self);
  [[noreturn]] void work();
  void run_thread(unsigned thread);
  void finish_thread();
  int pick();
  unsigned pick_warp() const;
  void continue_with(unsigned thread);
  void jump(Fiber& target);
  void enter(unsigned thread);
  Fiber& free_worker(unsigned thread);
  void give_up_threads();

  Fiber host_;
  Fiber* executing_ = &host_;
  std::vector<std::unique_ptr<Fiber>> workers_;
  std::vector<Fiber*> free_workers_;
  void* start_tag_ = nullptr;
  int pending_ = -1;  ///< the thread that a free worker starts with

  std::array<ThreadState, most_threads> states_;
  std::array<uint3, most_threads> indices_{};
  std::array<std::uint32_t, most_warps> ready_{};
  std::array<std::uint32_t, most_warps> returned_{};
  std::uint32_t ready_warps_ = 0;
  unsigned ready_threads_ = 0;
  unsigned returned_threads_ = 0;
  unsigned count_ = 0;
  dim3 shape_{0, 0, 0};
  unsigned current_ = 0;
  bool running_ = false;
  Schedule schedule_ = Schedule::sequential;

  Call body_ = nullptr;
  Call on_return_ = nullptr;
  std::string (*describe_stuck_)(void*) = nullptr;
  void* argument_ = nullptr;
  std::exception_ptr failure_;
};

}  // namespace emulation
