// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace minnow::kernels::cpu {

/// A fixed set of threads that share the tasks of one job at a time with the thread that submits it.
///
/// One thread submits to a pool; different pools are independent, so two backends may work in two threads. Nothing is
/// allocated after construction. Idle workers spin for a short while, since the next job of a training step follows
/// within microseconds, then sleep.
class ThreadPool {
 public:
  /// Floating-point operations below which a part costs more than it saves: handing it over, fetching operands from the
  /// other core's cache, and its result back. On two cores (Cascade Lake) W0 and W1 on MNIST, whose largest products
  /// have 13 and 5 Mflop, took 1.12 and 1.22 times as long when these were split; W4, of 100 Mflop, 0.57 times.
  static constexpr double worth_a_part = 8e6;

  /// `threads` counts the submitting thread, so 1 (or 0) creates no worker and runs every job inline. Throws
  /// DeviceError if the system refuses to start that many.
  explicit ThreadPool(std::size_t threads, double min_flops_per_part = worth_a_part);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  std::size_t threads() const { return workers_.size() + 1; }

  /// The number of equal parts a job of `flops` floating-point operations is worth: at least 1, at most threads().
  /// For other work, count as many flops as the product kernels do in the same time (about 64 per cycle).
  std::size_t parts_for(double flops) const {
    const double worth = flops / min_flops_per_part_;
    return worth >= static_cast<double>(threads()) ? threads() : worth < 2.0 ? 1 : static_cast<std::size_t>(worth);
  }

  /// Calls f(task) for every task in 0..tasks, in any order and concurrently, and returns when all are done.
  /// f must not throw and must not submit to this pool.
  template <class F>
  void parallel_for(std::size_t tasks, F&& f) {
    if (tasks <= 1 || workers_.empty()) {
      for (std::size_t task = 0; task < tasks; ++task) f(task);
      return;
    }
    using Function = std::remove_reference_t<F>;
    run([](const void* function, std::size_t task) { (*static_cast<Function*>(const_cast<void*>(function)))(task); },
        std::addressof(f), tasks);
  }

 private:
  using Call = void (*)(const void* function, std::size_t task);
  struct Job {
    Call call = nullptr;
    const void* function = nullptr;
    std::size_t first_task = 0;
  };
  enum class End { front, back };

  void run(Call call, const void* function, std::size_t tasks);
  void publish(std::uint64_t tasks);
  bool run_one_task(End end);
  void work();
  bool wait_for_job(std::uint64_t& seen);
  void stop();

  // Job number in the upper half, then the unclaimed tasks as [first, last) in 16 bits each.
  alignas(64) std::atomic<std::uint64_t> tasks_{0};
  Job job_;
  alignas(64) std::atomic<std::size_t> finished_{0};
  alignas(64) std::atomic<int> sleepers_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
  double min_flops_per_part_;
  std::vector<std::thread> workers_;
};

}  // namespace minnow::kernels::cpu
