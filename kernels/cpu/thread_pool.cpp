// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/thread_pool.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>

#include "minnow/error.hpp"

namespace minnow::kernels::cpu {
namespace {

constexpr std::uint64_t max_tasks = 0xffff;

constexpr std::uint64_t job_number(std::uint64_t state) {
  return state >> 32;
}
constexpr std::uint64_t first_task(std::uint64_t state) {
  return state >> 16 & max_tasks;
}
constexpr std::uint64_t last_task(std::uint64_t state) {
  return state & max_tasks;
}

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Longer than the serial stretches of a training step, short enough not to hold a core between steps.
constexpr std::chrono::microseconds idle_spin{200};

}  // namespace

ThreadPool::ThreadPool(std::size_t threads, double min_flops_per_part) : min_flops_per_part_(min_flops_per_part) {
  try {
    for (std::size_t i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
  } catch (const std::system_error& error) {
    const std::size_t started = workers_.size() + 1;
    stop();
    throw DeviceError("only " + std::to_string(started) + " of " + std::to_string(threads) +
                      " threads could be started: " + error.code().message() + "; use fewer (--threads)");
  }
}

ThreadPool::~ThreadPool() {
  stop();
}

void ThreadPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_.store(true);
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(Call call, const void* function, std::size_t tasks) {
  for (std::size_t begin = 0; begin < tasks; begin += max_tasks) {
    const std::size_t count = std::min<std::size_t>(max_tasks, tasks - begin);
    // No worker reads job_ now: it is read only after claiming a task, and every task of the last job has finished.
    job_ = {call, function, begin};
    finished_.store(0, std::memory_order_relaxed);
    publish(count);
    while (run_one_task(End::front)) {
    }
    for (int spins = 0; finished_.load(std::memory_order_acquire) != count; ++spins) {
      if (spins < 4096) {
        relax();
      } else {
        std::this_thread::yield();
      }
    }
  }
}

void ThreadPool::publish(std::uint64_t tasks) {
  const std::uint64_t number = job_number(tasks_.load(std::memory_order_relaxed)) + 1;
  // Sequentially consistent with the sleepers' count: either this sees the sleeper or the sleeper sees the job.
  tasks_.store(number << 32 | tasks);
  if (sleepers_.load() == 0) return;
  { const std::lock_guard lock(mutex_); }
  wake_.notify_all();
}

/// The submitting thread claims from the front and workers from the back, so that with two threads and two tasks the
/// same thread gets the same half of the same matrices, whose lines are then in its cache.
bool ThreadPool::run_one_task(End end) {
  std::uint64_t state = tasks_.load(std::memory_order_acquire);
  for (;;) {
    if (first_task(state) == last_task(state)) return false;
    const std::uint64_t rest = end == End::front ? state + (1U << 16) : state - 1;
    if (tasks_.compare_exchange_weak(state, rest, std::memory_order_acq_rel, std::memory_order_acquire)) break;
  }
  const std::uint64_t index = end == End::front ? first_task(state) : last_task(state) - 1;
  job_.call(job_.function, job_.first_task + index);
  finished_.fetch_add(1, std::memory_order_release);
  return true;
}

void ThreadPool::work() {
  std::uint64_t seen = 0;
  while (wait_for_job(seen)) {
    while (run_one_task(End::back)) {
    }
  }
}

/// False when the pool is being destroyed.
bool ThreadPool::wait_for_job(std::uint64_t& seen) {
  const auto is_new = [&] { return job_number(tasks_.load()) != seen; };
  const auto begin = std::chrono::steady_clock::now();
  do {
    for (int i = 0; i < 32; ++i) {
      if (is_new()) break;
      relax();
    }
  } while (!is_new() && !stopping_.load() && std::chrono::steady_clock::now() - begin < idle_spin);
  if (!is_new()) {
    std::unique_lock lock(mutex_);
    sleepers_.fetch_add(1);
    wake_.wait(lock, [&] { return is_new() || stopping_.load(); });
    sleepers_.fetch_sub(1);
  }
  if (stopping_.load()) return false;
  seen = job_number(tasks_.load());
  return true;
}

}  // namespace minnow::kernels::cpu
