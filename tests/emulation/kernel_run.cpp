// SPDX-License-Identifier: Apache-2.0
#include "tests/emulation/kernel_run.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <numeric>

#include "tests/emulation/report.hpp"

extern uint3 threadIdx;
extern uint3 blockIdx;
extern dim3 blockDim;
extern dim3 gridDim;

namespace emulation {
namespace {

constexpr std::size_t shared_alignment = 16;
constexpr char dynamic_declaration = 0;

KernelRun* running = nullptr;

/// Stacks are kept between launches. Never destroyed, since kernels may run in static destructors of a test.
ThreadScheduler& scheduler() {
  static auto* const instance = new ThreadScheduler;
  return *instance;
}

template <class T>
std::string extents(const T& v) {
  return "(" + std::to_string(v.x) + ", " + std::to_string(v.y) + ", " + std::to_string(v.z) + ")";
}

std::string place(const minnow::SourceLocation& where) {
  return std::string(where.file_name()) + ":" + std::to_string(where.line());
}

bool same_place(const minnow::SourceLocation& a, const minnow::SourceLocation& b) {
  return a.line() == b.line() && a.column() == b.column() &&
         (a.file_name() == b.file_name() || std::strcmp(a.file_name(), b.file_name()) == 0);
}

std::string describe_running_kernel() {
  return running == nullptr ? "in host code" : running->describe();
}

KernelRun& the_running_kernel() {
  if (running == nullptr) fault("a device function was called by host code");
  return *running;
}

}  // namespace

KernelRun* KernelRun::current() {
  return running;
}

KernelRun::KernelRun(const KernelCall& call) : call_(call), threads_(scheduler()) {
  if (running != nullptr) fault("a kernel was launched while another one runs");
  warps_.resize((call.block.x * call.block.y * call.block.z + lanes_per_warp - 1) / lanes_per_warp);
  describe_running_work(&describe_running_kernel);
  running = this;
}

KernelRun::~KernelRun() {
  const TsanIgnore ignore;
  for (const Chunk& chunk : chunks_) std::free(chunk.memory);
  warps_.clear();
  running = nullptr;
}

void KernelRun::run() {
  ++counters_now().launches;
  blockDim = call_.block;
  gridDim = call_.grid;
  end_tag_ = fresh_tag();
  const std::size_t count = std::size_t{call_.grid.x} * call_.grid.y * call_.grid.z;
  const Schedule schedule = settings().schedule;
  std::vector<std::size_t> shuffled;
  if (schedule == Schedule::random || schedule == Schedule::sticky) {
    shuffled.resize(count);
    std::iota(shuffled.begin(), shuffled.end(), std::size_t{0});
    for (std::size_t i = count; i > 1; --i)
      std::swap(shuffled[i - 1], shuffled[random().below(static_cast<unsigned>(i))]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t block = schedule == Schedule::reverse ? count - 1 - i : i;
    if (!shuffled.empty()) block = shuffled[i];
    const std::size_t row = block / call_.grid.x;
    run_block({static_cast<unsigned>(block % call_.grid.x), static_cast<unsigned>(row % call_.grid.y),
               static_cast<unsigned>(row / call_.grid.y)});
  }
  tsan_acquire(end_tag_);
}

void KernelRun::run_block(const uint3& block) {
  blockIdx = block;
  begin_block();
  threads_.run(
      call_.block.x * call_.block.y * call_.block.z, call_.block,
      [](void* run) {
        const KernelCall& call = static_cast<KernelRun*>(run)->call_;
        call.invoke(call.invocation.get());
      },
      [](void* run) { static_cast<KernelRun*>(run)->thread_returned(); },
      [](void* run) { return static_cast<KernelRun*>(run)->describe_stuck(); }, this);
}

void KernelRun::begin_block() {
  ++counters_now().blocks;
  waiting_ = 0;
  votes_ = 0;
  barrier_tag_ = fresh_tag();
  for (WarpState& warp : warps_) warp.reset();
  for (Chunk& chunk : chunks_) chunk.filled = false;
}

std::string KernelRun::describe() const {
  std::string text = "kernel " + function_name(call_.function) + ", launched at " + place(call_.where);
  if (threads_.running()) text += ", block " + extents(blockIdx) + ", thread " + extents(threadIdx);
  return text;
}

void KernelRun::fail(const std::string& message, const minnow::SourceLocation& where) {
  fault(message + ", at " + place(where) + ", " + describe());
}

// --- barriers -------------------------------------------------------------------------------------------------------

unsigned KernelRun::barrier(unsigned vote, const minnow::SourceLocation& where) {
  if (threads_.returned_threads() > 0) {
    fail("divergent barrier: " + std::to_string(threads_.returned_threads()) +
             " threads of the block have returned before __syncthreads()",
         where);
  }
  if (waiting_ > 0 && !same_place(where, barrier_where_)) {
    fail("divergent barrier: other threads of the block wait at " + place(barrier_where_), where);
  }
  barrier_where_ = where;
  votes_ += vote;
  void* const tag = barrier_tag_;
  tsan_release(tag);
  if (++waiting_ == threads_.threads())
    release_barrier();
  else
    threads_.wait();
  tsan_acquire(tag);
  return result_;
}

/// By the thread that came last, which runs on.
void KernelRun::release_barrier() {
  for (unsigned warp = 0; warp < warps_.size(); ++warp) {
    std::uint32_t lanes = threads_.existing_lanes(warp);
    if (warp == threads_.warp()) lanes &= ~(1U << threads_.lane());
    threads_.make_ready(warp, lanes);
  }
  result_ = votes_;
  votes_ = 0;
  waiting_ = 0;
  barrier_tag_ = fresh_tag();
}

void KernelRun::thread_returned() {
  tsan_release(end_tag_);
  if (waiting_ > 0) {
    fail("divergent barrier: a thread returned while " + std::to_string(waiting_) + " threads of its block wait",
         barrier_where_);
  }
  if ((warps_[threads_.warp()].awaited() >> threads_.lane() & 1U) != 0) {
    fail("a lane returned while other lanes of its warp wait for it in a warp operation", call_.where);
  }
}

std::string KernelRun::describe_stuck() const {
  std::string text = "deadlock: " + std::to_string(waiting_) + " threads wait at __syncthreads()";
  if (waiting_ > 0) text += " (" + place(barrier_where_) + ")";
  for (std::size_t i = 0; i < warps_.size(); ++i) {
    if (warps_[i].waiting() == 0) continue;
    text += ", lanes of warp " + std::to_string(i) + " wait in a warp operation for lanes that wait elsewhere";
    break;
  }
  return text + ", " + describe();
}

// --- warp operations ------------------------------------------------------------------------------------------------

std::uint64_t KernelRun::warp(WarpOperation operation, unsigned mask, std::uint64_t value, int lane, int width,
                              const minnow::SourceLocation& where) {
  const unsigned self = threads_.lane();
  const unsigned warp = threads_.warp();
  if ((mask >> self & 1U) == 0) fail("warp operation: the calling lane is not in its mask", where);
  if ((mask & ~threads_.existing_lanes(warp)) != 0) {
    fail("warp operation: the mask names lanes that the block does not have", where);
  }
  if ((mask & threads_.returned_lanes(warp)) != 0) {
    fail("warp operation: the mask names a lane that has returned", where);
  }
  if (width < 1 || width > 32 || (width & (width - 1)) != 0) fail("shuffle: width is not a power of two", where);
  WarpState& state = warps_[warp];
  const WarpState::Arrival arrival = state.arrive(operation, mask, self, value, lane, width);
  if (!arrival.error.empty()) fail(arrival.error, where);
  if (arrival.complete != 0)
    threads_.make_ready(warp, arrival.complete & ~(1U << self));
  else
    threads_.wait();
  if (operation == WarpOperation::sync) tsan_acquire(state.tag(self));
  return state.result(self);
}

// --- shared memory --------------------------------------------------------------------------------------------------

void* KernelRun::static_shared(const void* declaration, std::size_t bytes) {
  return shared_chunk(declaration, bytes);
}

void* KernelRun::dynamic_shared() {
  return shared_chunk(&dynamic_declaration, call_.dynamic_shared_bytes);
}

void* KernelRun::shared_chunk(const void* declaration, std::size_t bytes) {
  const auto found = std::find_if(chunks_.begin(), chunks_.end(),
                                  [declaration](const Chunk& chunk) { return chunk.declaration == declaration; });
  if (found != chunks_.end() && found->filled) return found->memory;
  const TsanIgnore ignore;  // and under it malloc and free make ThreadSanitizer forget the block before
  Chunk& chunk = found != chunks_.end() ? *found : chunks_.emplace_back(Chunk{declaration, bytes});
  if (chunk.memory == nullptr || under_tsan()) {
    std::free(chunk.memory);
    if (posix_memalign(&chunk.memory, shared_alignment, std::max<std::size_t>(bytes, 1)) != 0) throw std::bad_alloc();
  }
  std::memset(chunk.memory, 0xff, bytes);
  chunk.filled = true;
  std::size_t plain = 0;
  for (const Chunk& other : chunks_) plain += other.declaration == &dynamic_declaration ? 0 : other.bytes;
  if (plain > call_.static_shared_limit) {
    fault("static shared memory: " + std::to_string(plain) + " bytes, at most " +
          std::to_string(call_.static_shared_limit) + " beside " + std::to_string(call_.dynamic_shared_bytes) +
          " bytes of dynamic shared memory, " + describe());
  }
  return chunk.memory;
}

// --- the functions that kernels call --------------------------------------------------------------------------------

unsigned barrier(unsigned vote, const minnow::SourceLocation& where) {
  return the_running_kernel().barrier(vote, where);
}

std::uint64_t warp(WarpOperation operation, unsigned mask, std::uint64_t value, int lane, int width,
                   const minnow::SourceLocation& where) {
  return the_running_kernel().warp(operation, mask, value, lane, width, where);
}

void* static_shared(const void* declaration, std::size_t bytes) {
  return the_running_kernel().static_shared(declaration, bytes);
}

void* dynamic_shared() {
  return the_running_kernel().dynamic_shared();
}

void trap(const minnow::SourceLocation& where) {
  the_running_kernel().fail("__trap()", where);
}

/// A fence orders what comes before it with what comes behind a later fence of any thread.
void fence() {
  static char tag[8];
  tsan_acquire(tag);
  tsan_release(tag);
}

}  // namespace emulation
