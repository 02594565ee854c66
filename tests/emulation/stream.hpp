// SPDX-License-Identifier: Apache-2.0
// Streams, events, and the capture that a stream may be in.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/emulation/identity_pool.hpp"
#include "tests/emulation/sanitizer.hpp"

namespace emulation {

struct Work {
  std::string name;
  std::function<void()> run;
  bool on_host = false;  ///< a host function: device memory stays closed to it
};

struct Node {
  std::shared_ptr<const Work> work;
  std::vector<std::size_t> dependencies;  ///< indices of earlier nodes
};

/// The nodes that a stream, or an event, has recorded last: what comes next depends on them.
using Frontier = std::vector<std::size_t>;

struct Capture {
  std::vector<Node> nodes;
  cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal;
  std::thread::id thread;  ///< that began it
  CUstream_st* origin = nullptr;
  std::vector<CUstream_st*> members;
  bool valid = true;
  bool ended = false;
};

/// One execution of cudaEventRecord.
struct EventRecord {
  CUstream_st* stream = nullptr;
  bool done = false;
  char tag[8] = {};
};

// --- stream.cpp -----------------------------------------------------------------------------------------------------

/// Runs the work or, in deferred streams, queues it; or adds it to the stream's capture.
cudaError_t enqueue(cudaStream_t stream, Work work);
/// Queues the item, and runs it now in eager streams. The legacy default stream and the blocking streams wait for each
/// other: what they wait for is run now, which is one of the legal times.
void push(CUstream_st& stream, std::function<void()> item);
/// Runs the oldest item, as the stream's ThreadSanitizer identity.
void run_next(CUstream_st& stream);
/// Runs what is queued; only finish() orders it before what the host does next.
void run_all(CUstream_st& stream);
void finish(CUstream_st& stream);
void finish_all_streams();
void finish_all_streams_without_throw() noexcept;
void discard_all_work() noexcept;

CUstream_st& default_stream();
const std::set<CUstream_st*>& streams();
/// The stream for a handle; null is the legacy default stream. fault() on a handle that is not a stream.
CUstream_st& stream_for(cudaStream_t handle);

// --- capture.cpp ----------------------------------------------------------------------------------------------------

bool capturing(const CUstream_st& stream);
cudaError_t add_to_capture(CUstream_st& stream, Work work);
/// A stream that waits for an event of a capture joins it.
cudaError_t wait_in_capture(CUstream_st& stream, const CUevent_st& event);

/// For calls that wait for the device, which no thread may do while a stream captures: invalidates all captures and
/// returns the error.
cudaError_t refuse_in_any_capture();
/// For "potentially unsafe" calls, such as to allocate: the same for the captures whose mode forbids them to this
/// thread.
cudaError_t refuse_unsafe_call();
/// For calls that wait for this stream.
cudaError_t refuse_in_capture(CUstream_st& stream);
/// For calls that use this stream: a capture forbids implicit synchronization with the legacy default stream.
cudaError_t refuse_default_stream_in_capture(const CUstream_st& stream);

// --- graph.cpp ------------------------------------------------------------------------------------------------------

cudaGraph_t make_graph(std::vector<Node> nodes);

// --- what exists, for leak checks -----------------------------------------------------------------------------------

std::vector<std::string> live_streams();
std::vector<std::string> live_events();
std::vector<std::string> live_graphs();
std::vector<std::string> live_cublas_handles();

}  // namespace emulation

// The types behind the handles of the toolkit's headers.
struct CUstream_st {
  std::deque<std::function<void()>> queue;
  bool blocking = true;  ///< waits for, and is waited for by, the legacy default stream
  bool running = false;
  std::shared_ptr<emulation::Capture> capture;
  emulation::Frontier frontier;
  emulation::TsanFiber identity;
  emulation::StreamIdentities threads;
  char done_tag[8] = {};  ///< for ThreadSanitizer: what the stream has done, for a host that waits for it
  std::uint64_t number = 0;
};

struct CUevent_st {
  std::shared_ptr<emulation::EventRecord> record;
  std::shared_ptr<emulation::Capture> capture;  ///< recorded in this capture, at `frontier`
  emulation::Frontier frontier;
  std::uint64_t number = 0;
};
