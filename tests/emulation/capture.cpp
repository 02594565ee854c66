// SPDX-License-Identifier: Apache-2.0
// Stream capture: what a stream records instead of running it, and what a capture forbids (CUDA run time API, "Stream
// management", and the programming guide on stream capture).
#include <algorithm>
#include <utility>
#include <vector>

#include "tests/emulation/api.hpp"
#include "tests/emulation/stream.hpp"

namespace emulation {
namespace {

thread_local cudaStreamCaptureMode thread_mode = cudaStreamCaptureModeGlobal;

/// Every node is an ancestor of the origin's frontier, or belongs to it.
bool joined(const Capture& capture) {
  std::vector<bool> reached(capture.nodes.size());
  std::vector<std::size_t> left(capture.origin->frontier);
  while (!left.empty()) {
    const std::size_t node = left.back();
    left.pop_back();
    if (reached[node]) continue;
    reached[node] = true;
    left.insert(left.end(), capture.nodes[node].dependencies.begin(), capture.nodes[node].dependencies.end());
  }
  return std::ranges::find(reached, false) == reached.end();
}

}  // namespace

bool capturing(const CUstream_st& stream) {
  return stream.capture != nullptr;
}

cudaError_t add_to_capture(CUstream_st& stream, Work work) {
  Capture& capture = *stream.capture;
  if (!capture.valid) return cudaErrorStreamCaptureInvalidated;
  capture.nodes.push_back({std::make_shared<const Work>(std::move(work)), stream.frontier});
  stream.frontier = {capture.nodes.size() - 1};
  return cudaSuccess;
}

cudaError_t wait_in_capture(CUstream_st& stream, const CUevent_st& event) {
  if (event.capture == nullptr || event.capture->ended) {
    if (stream.capture != nullptr) stream.capture->valid = false;
    return cudaErrorStreamCaptureIsolation;
  }
  if (stream.capture != nullptr && stream.capture != event.capture) {
    stream.capture->valid = false;
    event.capture->valid = false;
    return cudaErrorStreamCaptureMerge;
  }
  if (&stream == &default_stream()) {
    event.capture->valid = false;
    return cudaErrorStreamCaptureImplicit;
  }
  if (stream.capture == nullptr) {
    stream.capture = event.capture;
    stream.capture->members.push_back(&stream);
    stream.frontier.clear();
  }
  for (const std::size_t node : event.frontier) {
    if (std::ranges::find(stream.frontier, node) == stream.frontier.end()) stream.frontier.push_back(node);
  }
  return cudaSuccess;
}

namespace {

/// What cudaThreadExchangeStreamCaptureMode says about the modes of a thread and of the captures.
bool forbids_unsafe_calls(const Capture& capture) {
  if (thread_mode == cudaStreamCaptureModeRelaxed || capture.mode == cudaStreamCaptureModeRelaxed) return false;
  if (capture.thread == std::this_thread::get_id()) return true;
  return thread_mode == cudaStreamCaptureModeGlobal && capture.mode == cudaStreamCaptureModeGlobal;
}

template <class Forbids>
cudaError_t refuse_in_captures(const Forbids& forbids) {
  cudaError_t error = cudaSuccess;
  for (CUstream_st* const stream : streams()) {
    if (stream->capture == nullptr || !forbids(*stream->capture)) continue;
    stream->capture->valid = false;
    error = cudaErrorStreamCaptureUnsupported;
  }
  return error;
}

}  // namespace

cudaError_t refuse_in_any_capture() {
  return refuse_in_captures([](const Capture&) { return true; });
}

cudaError_t refuse_unsafe_call() {
  return refuse_in_captures(forbids_unsafe_calls);
}

cudaError_t refuse_in_capture(CUstream_st& stream) {
  if (stream.capture == nullptr) return cudaSuccess;
  stream.capture->valid = false;
  return cudaErrorStreamCaptureUnsupported;
}

cudaError_t refuse_default_stream_in_capture(const CUstream_st& stream) {
  if (&stream != &default_stream()) return cudaSuccess;
  for (CUstream_st* const other : streams()) {
    if (other->capture == nullptr || !other->blocking) continue;
    other->capture->valid = false;
    return cudaErrorStreamCaptureImplicit;
  }
  return cudaSuccess;
}

}  // namespace emulation

using namespace emulation;

cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) {
  const ApiScope scope;
  std::swap(thread_mode, *mode);
  return result(cudaSuccess);
}

cudaError_t cudaStreamBeginCapture(cudaStream_t handle, cudaStreamCaptureMode mode) {
  const ApiScope scope;
  CUstream_st& stream = stream_for(handle);
  if (handle == nullptr || handle == cudaStreamLegacy) return result(cudaErrorStreamCaptureUnsupported);
  if (capturing(stream)) {
    stream.capture->valid = false;
    return result(cudaErrorIllegalState);
  }
  stream.capture = std::make_shared<Capture>();
  stream.capture->mode = mode;
  stream.capture->thread = std::this_thread::get_id();
  stream.capture->origin = &stream;
  stream.capture->members = {&stream};
  stream.frontier.clear();
  return result(cudaSuccess);
}

cudaError_t cudaStreamEndCapture(cudaStream_t handle, cudaGraph_t* graph) {
  const ApiScope scope;
  CUstream_st& stream = stream_for(handle);
  *graph = nullptr;
  if (!capturing(stream)) return result(cudaErrorIllegalState);
  const std::shared_ptr<Capture> capture = stream.capture;
  if (capture->origin != &stream) {
    capture->valid = false;
    return result(cudaErrorStreamCaptureUnmatched);
  }
  const bool complete = joined(*capture);
  capture->ended = true;
  for (CUstream_st* const member : capture->members) {
    member->capture = nullptr;
    member->frontier.clear();
  }
  if (!capture->valid) return result(cudaErrorStreamCaptureInvalidated);
  if (!complete) return result(cudaErrorStreamCaptureUnjoined);
  *graph = make_graph(std::move(capture->nodes));
  return result(cudaSuccess);
}

cudaError_t cudaStreamIsCapturing(cudaStream_t handle, cudaStreamCaptureStatus* status) {
  const ApiScope scope;
  const CUstream_st& stream = stream_for(handle);
  *status = cudaStreamCaptureStatusNone;
  if (capturing(stream)) {
    *status = stream.capture->valid ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusInvalidated;
  }
  return result(cudaSuccess);
}
