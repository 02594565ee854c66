// SPDX-License-Identifier: Apache-2.0
#include "tests/emulation/thread_scheduler.hpp"

#include <bit>
#include <utility>

#include "tests/emulation/report.hpp"

// The kernel's built-in variables. A kernel only reads them, so they may be plain memory, set at every switch.
uint3 threadIdx;
uint3 blockIdx;
dim3 blockDim;
dim3 gridDim;

namespace emulation {

ThreadScheduler::~ThreadScheduler() = default;

std::uint32_t ThreadScheduler::existing_lanes(unsigned warp) const {
  const unsigned first = warp * lanes_per_warp;
  if (first >= count_) return 0;
  const unsigned lanes = count_ - first;
  return lanes >= lanes_per_warp ? 0xffffffffU : (1U << lanes) - 1;
}

void ThreadScheduler::run(unsigned count, dim3 shape, Call body, Call returned, std::string (*describe_stuck)(void*),
                          void* argument) {
  if (shape.x != shape_.x || shape.y != shape_.y || shape.z != shape_.z) {
    shape_ = shape;
    for (unsigned i = 0; i < count; ++i) {
      indices_[i] = {i % shape.x, i / shape.x % shape.y, i / (shape.x * shape.y)};
    }
  }
  count_ = count;
  body_ = body;
  on_return_ = returned;
  describe_stuck_ = describe_stuck;
  argument_ = argument;
  schedule_ = settings().schedule;
  current_ = schedule_ == Schedule::sticky ? random().below(count) : 0;  // the warp that begins
  returned_threads_ = 0;
  ready_threads_ = 0;
  ready_warps_ = 0;
  for (unsigned warp = 0; warp * lanes_per_warp < count; ++warp) {
    returned_[warp] = 0;
    ready_[warp] = 0;
    make_ready(warp, existing_lanes(warp));
  }
  if (under_tsan()) {
    const TsanIgnore ignore;
    for (unsigned i = 0; i < count; ++i) states_[i].identity = &IdentityPool::current()->next();
    start_tag_ = fresh_tag();
    tsan_release(start_tag_);
  }
  running_ = true;
  failure_ = nullptr;
  void* const caller = under_tsan() ? __tsan_get_current_fiber() : nullptr;
  continue_with(static_cast<unsigned>(pick()));
  if (caller != nullptr) __tsan_switch_to_fiber(caller, TsanFiber::no_sync);
  running_ = false;
  if (failure_ != nullptr) give_up_threads();
  tsan_acquire(&failure_);
  if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
}

// --- the order ------------------------------------------------------------------------------------------------------

unsigned ThreadScheduler::pick_warp() const {
  if (schedule_ == Schedule::reverse) return 31U - static_cast<unsigned>(std::countl_zero(ready_warps_));
  if (schedule_ == Schedule::sequential) return static_cast<unsigned>(std::countr_zero(ready_warps_));
  if (schedule_ == Schedule::sticky && (ready_warps_ >> warp() & 1U) != 0) return warp();
  if (schedule_ == Schedule::sticky) {
    std::uint32_t left = ready_warps_;
    for (unsigned skip = random().below(static_cast<unsigned>(std::popcount(left))); skip > 0; --skip) left &= left - 1;
    return static_cast<unsigned>(std::countr_zero(left));
  }
  unsigned rank = random().below(ready_threads_);
  unsigned warp = 0;
  for (; rank >= static_cast<unsigned>(std::popcount(ready_[warp])); ++warp) {
    rank -= static_cast<unsigned>(std::popcount(ready_[warp]));
  }
  return warp;
}

int ThreadScheduler::pick() {
  if (ready_threads_ == 0) return -1;
  const unsigned warp = pick_warp();
  std::uint32_t lanes = ready_[warp];
  if (schedule_ == Schedule::random || schedule_ == Schedule::sticky) {
    for (unsigned skip = random().below(static_cast<unsigned>(std::popcount(lanes))); skip > 0; --skip) {
      lanes &= lanes - 1;
    }
  }
  const auto lane =
      static_cast<unsigned>(schedule_ == Schedule::reverse ? 31 - std::countl_zero(lanes) : std::countr_zero(lanes));
  ready_[warp] &= ~(1U << lane);
  if (ready_[warp] == 0) ready_warps_ &= ~(1U << warp);
  --ready_threads_;
  return static_cast<int>(warp * lanes_per_warp + lane);
}

void ThreadScheduler::make_ready(unsigned warp, std::uint32_t lanes) {
  if (lanes == 0) return;
  ready_[warp] |= lanes;
  ready_warps_ |= 1U << warp;
  ready_threads_ += static_cast<unsigned>(std::popcount(lanes));
}

// --- running, waiting, failing --------------------------------------------------------------------------------------

void ThreadScheduler::enter(unsigned thread) {
  current_ = thread;
  threadIdx = indices_[thread];
  if (under_tsan()) states_[thread].identity->tsan.enter();
}

void ThreadScheduler::jump(Fiber& target) {
  ++counters_now().switches;
  Fiber& from = *std::exchange(executing_, &target);
  from.switch_to(target);
}

/// From whatever runs now to `thread`; comes back when somebody jumps back here.
void ThreadScheduler::continue_with(unsigned thread) {
  if (states_[thread].fiber != nullptr) return jump(*states_[thread].fiber);
  pending_ = static_cast<int>(thread);
  jump(free_worker(thread));
}

void ThreadScheduler::wait() {
  const unsigned self = current_;
  const int next = pick();
  if (next < 0) fault(describe_stuck_(argument_));
  continue_with(static_cast<unsigned>(next));
  enter(self);
}

void ThreadScheduler::run_thread(unsigned thread) {
  states_[thread].fiber = executing_;
  enter(thread);
  tsan_acquire(start_tag_);
  try {
    body_(argument_);
    finish_thread();
  } catch (...) {
    failure_ = std::current_exception();  // the block ends here: the other threads are abandoned where they wait
    tsan_release(&failure_);
  }
  states_[thread].fiber = nullptr;
}

void ThreadScheduler::finish_thread() {
  returned_[warp()] |= 1U << lane();
  ++returned_threads_;
  on_return_(argument_);
}

void ThreadScheduler::worker_entry(void* self) {
  static_cast<ThreadScheduler*>(self)->work();
}

/// A worker starts threads on its own stack, one after the other, for as long as none of them waits: threads that never
/// wait cost a function call. Under ThreadSanitizer each thread gets a stack of its own.
void ThreadScheduler::work() {
  while (true) {
    int next = std::exchange(pending_, -1);
    do {
      run_thread(static_cast<unsigned>(next));
      next = failure_ != nullptr ? -1 : pick();
    } while (next >= 0 && states_[static_cast<unsigned>(next)].fiber == nullptr && !under_tsan());
    if (next < 0 && failure_ == nullptr && returned_threads_ < count_) {
      failure_ = fault_exception(describe_stuck_(argument_));
    }
    if (!under_tsan()) free_workers_.push_back(executing_);
    if (next < 0)
      jump(host_);
    else
      continue_with(static_cast<unsigned>(next));
  }
}

Fiber& ThreadScheduler::free_worker(unsigned thread) {
  const TsanIgnore ignore;
  if (under_tsan()) {
    std::unique_ptr<Fiber>& worker = states_[thread].identity->worker;
    if (worker == nullptr) worker = std::make_unique<Fiber>(&worker_entry, this);
    return *worker;
  }
  if (free_workers_.empty()) {
    workers_.push_back(std::make_unique<Fiber>(&worker_entry, this));
    return *workers_.back();
  }
  Fiber& worker = *free_workers_.back();
  free_workers_.pop_back();
  return worker;
}

void ThreadScheduler::give_up_threads() {
  const TsanIgnore ignore;
  workers_.clear();
  free_workers_.clear();
  for (unsigned i = 0; i < count_; ++i) {
    states_[i].fiber = nullptr;
    if (states_[i].identity != nullptr) states_[i].identity->worker = nullptr;
  }
  pending_ = -1;
}

}  // namespace emulation
