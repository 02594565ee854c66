// SPDX-License-Identifier: Apache-2.0
#include "tests/emulation/stream.hpp"

#include <optional>
#include <set>
#include <utility>

#include "tests/emulation/api.hpp"
#include "tests/emulation/memory.hpp"
#include "tests/emulation/report.hpp"

namespace emulation {
namespace {

struct Registry {
  CUstream_st default_stream;
  std::set<CUstream_st*> streams;
  std::uint64_t next_number = 1;
};

Registry& registry() {
  static auto* const instance = new Registry;
  return *instance;
}

/// Marks a stream while its work runs.
class Running {
 public:
  explicit Running(CUstream_st& stream)
      : stream_(stream), threads_(std::exchange(IdentityPool::current(), stream.threads.pool())) {
    stream_.running = true;
  }
  ~Running() {
    stream_.running = false;
    IdentityPool::current() = threads_;
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  CUstream_st& stream_;
  IdentityPool* threads_;  ///< of the stream whose work waits for this one
};

/// With device memory open, unless it is the host's work.
void perform(const Work& work) {
  std::optional<DeviceAccess> access;
  if (!work.on_host) access.emplace();
  work.run();
}

}  // namespace

void run_next(CUstream_st& stream) {
  const TsanIgnore ignore;  // the item dies under the identity of whoever runs it
  const std::function<void()> item = std::exchange(stream.queue.front(), nullptr);
  stream.queue.pop_front();
  try {
    const Running running(stream);
    const TsanScope scope(stream.identity);
    item();
    tsan_release(stream.done_tag);
  } catch (...) {
    discard_all_work();  // as after a sticky error: nothing that was queued behind a fault runs
    throw;
  }
}

void run_all(CUstream_st& stream) {
  if (stream.running) fault("a stream was used by work that runs in it");
  while (!stream.queue.empty()) run_next(stream);
}

void push(CUstream_st& stream, std::function<void()> item) {
  Registry& r = registry();
  std::vector<void*> done_tags;
  if (&stream == &r.default_stream) {
    for (CUstream_st* const other : r.streams) {
      if (!other->blocking) continue;
      run_all(*other);
      done_tags.push_back(other->done_tag);
    }
  } else if (stream.blocking) {
    run_all(r.default_stream);
    done_tags.push_back(r.default_stream.done_tag);
  }
  void* const queued_tag = fresh_tag();
  tsan_release(queued_tag);
  done_tags.push_back(queued_tag);
  stream.queue.push_back([item = std::move(item), done_tags = std::move(done_tags)] {
    for (void* const tag : done_tags) tsan_acquire(tag);
    item();
  });
  if (settings().streams == Streams::eager) run_all(stream);
}

cudaError_t enqueue(cudaStream_t handle, Work work) {
  CUstream_st& stream = stream_for(handle);
  if (const cudaError_t error = refuse_default_stream_in_capture(stream); error != cudaSuccess) return error;
  if (capturing(stream)) return add_to_capture(stream, std::move(work));
  push(stream, [work = std::move(work)] { perform(work); });
  return cudaSuccess;
}

void finish(CUstream_st& stream) {
  run_all(stream);
  tsan_acquire(stream.done_tag);
}

void finish_all_streams() {
  finish(registry().default_stream);
  for (CUstream_st* const stream : registry().streams) finish(*stream);
}

void finish_all_streams_without_throw() noexcept {
  try {
    finish_all_streams();
  } catch (const std::exception& error) {
    fault_without_throw(error.what());
  }
}

void discard_all_work() noexcept {
  registry().default_stream.queue.clear();
  for (CUstream_st* const stream : registry().streams) stream->queue.clear();
}

CUstream_st& default_stream() {
  return registry().default_stream;
}

const std::set<CUstream_st*>& streams() {
  return registry().streams;
}

CUstream_st& stream_for(cudaStream_t handle) {
  if (handle == nullptr || handle == cudaStreamLegacy) return registry().default_stream;
  if (!registry().streams.contains(handle)) fault("a stream handle names no live stream");
  return *handle;
}

std::vector<std::string> live_streams() {
  std::vector<std::string> names;
  for (const CUstream_st* const stream : registry().streams) {
    names.push_back("stream " + std::to_string(stream->number));
  }
  return names;
}

}  // namespace emulation

using namespace emulation;

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  const ApiScope scope;
  auto* const created = new CUstream_st;
  created->blocking = (flags & cudaStreamNonBlocking) == 0;
  created->number = registry().next_number++;
  registry().streams.insert(created);
  *stream = created;
  return result(cudaSuccess);
}

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const ApiScope scope;
  if (!registry().streams.contains(stream)) {
    fault_without_throw("cudaStreamDestroy: not a live stream");
    return result(cudaErrorInvalidResourceHandle);
  }
  finish_all_streams_without_throw();
  if (stream->capture != nullptr) stream->capture->valid = false;
  registry().streams.erase(stream);
  delete stream;
  return result(cudaSuccess);
}

cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
  const ApiScope scope;
  ++counters_now().waits;
  CUstream_st& stream = stream_for(handle);
  if (const cudaError_t error = refuse_in_capture(stream); error != cudaSuccess) return result(error);
  if (const cudaError_t error = refuse_default_stream_in_capture(stream); error != cudaSuccess) return result(error);
  finish(stream);
  return result(cudaSuccess);
}

/// Makes progress, so that a loop which polls ends.
cudaError_t cudaStreamQuery(cudaStream_t handle) {
  const ApiScope scope;
  CUstream_st& stream = stream_for(handle);
  if (const cudaError_t error = refuse_in_capture(stream); error != cudaSuccess) return result(error);
  if (stream.queue.empty()) {
    tsan_acquire(stream.done_tag);
    return result(cudaSuccess);
  }
  run_next(stream);
  return cudaErrorNotReady;
}

cudaError_t cudaDeviceSynchronize() {
  const ApiScope scope;
  ++counters_now().waits;
  if (const cudaError_t error = refuse_in_any_capture(); error != cudaSuccess) return result(error);
  finish_all_streams();
  return result(cudaSuccess);
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* argument) {
  const ApiScope scope;
  return result(enqueue(stream, {"host function", [function, argument] { function(argument); }, true}));
}
