// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <utility>

#include "tests/emulation/api.hpp"
#include "tests/emulation/report.hpp"
#include "tests/emulation/stream.hpp"

namespace emulation {
namespace {

std::set<CUevent_st*>& events() {
  static auto* const instance = new std::set<CUevent_st*>;
  return *instance;
}

/// Runs the recording stream until it has come to the record; a stream that a fault has emptied never does.
void wait_for(const EventRecord& record) {
  while (!record.done && (record.stream == &default_stream() || streams().contains(record.stream)) &&
         !record.stream->queue.empty())
    run_next(*record.stream);
}

/// The host may not wait for, nor ask after, an event of a capture.
cudaError_t refuse_captured(const CUevent_st& event) {
  if (event.capture == nullptr) return cudaSuccess;
  event.capture->valid = false;
  return cudaErrorCapturedEvent;
}

}  // namespace

std::vector<std::string> live_events() {
  std::vector<std::string> names;
  for (const CUevent_st* const event : events()) names.push_back("event " + std::to_string(event->number));
  return names;
}

}  // namespace emulation

using namespace emulation;

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  static std::uint64_t next_number = 1;
  const ApiScope scope;
  auto* const created = new CUevent_st;
  created->number = next_number++;
  events().insert(created);
  *event = created;
  return result(cudaSuccess);
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  const ApiScope scope;
  if (events().erase(event) == 0) {
    fault_without_throw("cudaEventDestroy: not a live event");
    return result(cudaErrorInvalidResourceHandle);
  }
  delete event;
  return result(cudaSuccess);
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t handle) {
  const ApiScope scope;
  if (!events().contains(event)) return result(cudaErrorInvalidResourceHandle);
  CUstream_st& stream = stream_for(handle);
  event->record = nullptr;
  event->capture = stream.capture;
  event->frontier = stream.frontier;
  if (capturing(stream)) return result(cudaSuccess);
  auto record = std::make_shared<EventRecord>();
  record->stream = &stream;
  event->record = record;
  push(stream, [record] {
    record->done = true;
    tsan_release(record->tag);
  });
  return result(cudaSuccess);
}

cudaError_t cudaStreamWaitEvent(cudaStream_t handle, cudaEvent_t event, unsigned) {
  const ApiScope scope;
  if (!events().contains(event)) return result(cudaErrorInvalidResourceHandle);
  CUstream_st& stream = stream_for(handle);
  if (capturing(stream) || event->capture != nullptr) return result(wait_in_capture(stream, *event));
  if (event->record == nullptr) return result(cudaSuccess);
  push(stream, [record = event->record] {
    wait_for(*record);
    tsan_acquire(record->tag);
  });
  return result(cudaSuccess);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const ApiScope scope;
  ++counters_now().waits;
  if (!events().contains(event)) return result(cudaErrorInvalidResourceHandle);
  if (const cudaError_t error = refuse_captured(*event); error != cudaSuccess) return result(error);
  if (event->record == nullptr) return result(cudaSuccess);
  wait_for(*event->record);
  tsan_acquire(event->record->tag);
  return result(cudaSuccess);
}

/// Makes progress, so that a loop which polls ends.
cudaError_t cudaEventQuery(cudaEvent_t event) {
  const ApiScope scope;
  if (!events().contains(event)) return result(cudaErrorInvalidResourceHandle);
  if (const cudaError_t error = refuse_captured(*event); error != cudaSuccess) return result(error);
  const auto& record = event->record;
  if (record == nullptr) return result(cudaSuccess);
  if (record->done) {
    tsan_acquire(record->tag);
    return result(cudaSuccess);
  }
  if (!record->stream->queue.empty()) run_next(*record->stream);
  return cudaErrorNotReady;
}
