// SPDX-License-Identifier: Apache-2.0
// cudaMemcpy and cudaMemset, with their kinds and ranges checked.
#include <cuda_runtime.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/emulation/api.hpp"
#include "tests/emulation/memory.hpp"
#include "tests/emulation/report.hpp"
#include "tests/emulation/stream.hpp"

namespace emulation {
namespace {

cudaMemcpyKind actual_kind(void* to, const void* from, cudaMemcpyKind kind) {
  if (kind != cudaMemcpyDefault) return kind;
  const bool to_device = space_of(to) == Space::device;
  const bool from_device = space_of(from) == Space::device;
  if (to_device) return from_device ? cudaMemcpyDeviceToDevice : cudaMemcpyHostToDevice;
  return from_device ? cudaMemcpyDeviceToHost : cudaMemcpyHostToHost;
}

void check_copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, const char* call) {
  const std::string name = call;
  const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  if (to_device)
    check_device_range(to, bytes, false, name + ", destination");
  else
    check_host_range(to, bytes, name + ", destination");
  if (from_device)
    check_device_range(from, bytes, false, name + ", source");
  else
    check_host_range(from, bytes, name + ", source");
}

void copy_now(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  if (kind != cudaMemcpyDeviceToDevice) ++counters_now().host_copies;
  tsan_touch(Touch::read, from, bytes);
  tsan_touch(Touch::write, to, bytes);
  std::memcpy(to, from, bytes);
}

/// Pageable memory is copied from before the call returns, and copied to before it returns (CUDA run time API,
/// "API synchronization behavior"); pinned memory is touched when the stream comes to it.
cudaError_t copy_async(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t handle) {
  kind = actual_kind(to, from, kind);
  check_copy(to, from, bytes, kind, "cudaMemcpyAsync");
  if (bytes == 0) return cudaSuccess;
  CUstream_st& stream = stream_for(handle);
  const bool pageable_source = kind == cudaMemcpyHostToDevice && space_of(from) == Space::pageable;
  const bool pageable_destination = kind == cudaMemcpyDeviceToHost && space_of(to) == Space::pageable;
  Work work{"copy", [=] {
              check_copy(to, from, bytes, kind, "cudaMemcpyAsync, when it runs");
              copy_now(to, from, bytes, kind);
            }};
  if (pageable_source && !capturing(stream)) {
    const auto* const source = static_cast<const char*>(from);
    auto staged = std::make_shared<const std::vector<char>>(source, source + bytes);
    work.run = [to, staged] {
      ++counters_now().host_copies;
      check_device_range(to, staged->size(), false, "cudaMemcpyAsync, when it runs, destination");
      tsan_touch(Touch::write, to, staged->size());
      std::memcpy(to, staged->data(), staged->size());
    };
  }
  const cudaError_t error = enqueue(handle, std::move(work));
  if (error == cudaSuccess && pageable_destination && !capturing(stream)) finish(stream);
  return error;
}

cudaError_t set_async(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  check_device_range(to, bytes, false, "cudaMemsetAsync");
  if (bytes == 0) return cudaSuccess;
  return enqueue(stream, {"memset", [=] {
                            check_device_range(to, bytes, false, "cudaMemsetAsync, when it runs");
                            tsan_touch(Touch::write, to, bytes);
                            std::memset(to, value, bytes);
                          }});
}

}  // namespace
}  // namespace emulation

using namespace emulation;

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  const ApiScope scope;
  return result(copy_async(to, from, bytes, kind, stream));
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  const ApiScope scope;
  if (const cudaError_t error = refuse_in_any_capture(); error != cudaSuccess) return result(error);
  const cudaError_t error = copy_async(to, from, bytes, kind, nullptr);
  if (error == cudaSuccess) finish(stream_for(nullptr));
  return result(error);
}

cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  const ApiScope scope;
  return result(set_async(to, value, bytes, stream));
}

/// May return before the memory is set, as on the device.
cudaError_t cudaMemset(void* to, int value, std::size_t bytes) {
  const ApiScope scope;
  if (const cudaError_t error = refuse_in_any_capture(); error != cudaSuccess) return result(error);
  return result(set_async(to, value, bytes, nullptr));
}
