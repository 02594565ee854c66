// SPDX-License-Identifier: Apache-2.0
// One kernel launch while it runs: its blocks, one after the other, with their barriers, warps and shared memory.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "kernels/source_location.hpp"
#include "tests/emulation/device_side.hpp"
#include "tests/emulation/launch_side.hpp"
#include "tests/emulation/thread_scheduler.hpp"
#include "tests/emulation/warp_state.hpp"

namespace emulation {

/// What a block of an sm_90 device may use, static and dynamic together, without asking for more, and at most.
inline constexpr std::size_t plain_shared_bytes = 48 * 1024;
inline constexpr std::size_t most_shared_bytes = 227 * 1024;

class KernelRun {
 public:
  explicit KernelRun(const KernelCall& call);
  ~KernelRun();
  KernelRun(const KernelRun&) = delete;
  KernelRun& operator=(const KernelRun&) = delete;

  void run();

  unsigned barrier(unsigned vote, const minnow::SourceLocation& where);
  std::uint64_t warp(WarpOperation operation, unsigned mask, std::uint64_t value, int lane, int width,
                     const minnow::SourceLocation& where);
  void* static_shared(const void* declaration, std::size_t bytes);
  void* dynamic_shared();
  [[noreturn]] void fail(const std::string& message, const minnow::SourceLocation& where);
  /// "kernel saxpy_kernel, block (0, 0, 0), thread (5, 0, 0)"
  std::string describe() const;

  static KernelRun* current();

 private:
  struct Chunk {
    const void* declaration = nullptr;
    std::size_t bytes = 0;
    void* memory = nullptr;
    bool filled = false;  ///< with NaN bytes, in this block
  };

  void run_block(const uint3& block);
  void begin_block();
  void thread_returned();
  void release_barrier();
  std::string describe_stuck() const;
  void* shared_chunk(const void* declaration, std::size_t bytes);

  const KernelCall& call_;
  ThreadScheduler& threads_;
  std::vector<Chunk> chunks_;
  std::vector<WarpState> warps_;

  unsigned waiting_ = 0;  ///< threads at the barrier
  unsigned votes_ = 0;
  unsigned result_ = 0;  ///< of the barrier that was passed last
  minnow::SourceLocation barrier_where_;
  void* barrier_tag_ = nullptr;  ///< of the coming barrier
  void* end_tag_ = nullptr;
};

}  // namespace emulation
