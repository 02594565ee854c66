// SPDX-License-Identifier: Apache-2.0
/// The CUDA runtime behind RAII and exceptions: every call goes through `check`, every handle is a unique_ptr.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/source_location.hpp"

namespace minnow::kernels::cuda {

/// Throws DeviceError (MemoryError where memory ran out) with the call, its place and a remedy, unless `error` is
/// success.
void check(cudaError_t error, const char* call, SourceLocation where = SourceLocation::current());

struct DestroyStream {
  void operator()(cudaStream_t stream) const noexcept;
};
struct DestroyEvent {
  void operator()(cudaEvent_t event) const noexcept;
};
struct DestroyGraph {
  void operator()(cudaGraph_t graph) const noexcept;
};
struct DestroyGraphExec {
  void operator()(cudaGraphExec_t graph) const noexcept;
};
struct FreeDeviceMemory {
  void operator()(void* data) const noexcept;
};

using Stream = std::unique_ptr<std::remove_pointer_t<cudaStream_t>, DestroyStream>;
using Event = std::unique_ptr<std::remove_pointer_t<cudaEvent_t>, DestroyEvent>;
using Graph = std::unique_ptr<std::remove_pointer_t<cudaGraph_t>, DestroyGraph>;
using GraphExec = std::unique_ptr<std::remove_pointer_t<cudaGraphExec_t>, DestroyGraphExec>;
using DeviceMemory = std::unique_ptr<void, FreeDeviceMemory>;

/// A stream that does not wait for the legacy default stream.
Stream make_stream();
/// An event to wait for, asleep, that takes no time.
Event make_event();
/// Uninitialized memory of the current device. Throws MemoryError with the bytes asked for, free and total; more than
/// the device has is refused before the driver is asked, which answers some absurd sizes with another error.
DeviceMemory make_device_memory(std::size_t bytes, SourceLocation where = SourceLocation::current());

/// Held while a step is recorded, and while cuBLAS handles are made or destroyed: these wait for the whole device,
/// which CUDA forbids while any stream of it captures, whichever thread it belongs to; the capture may be invalidated.
class ExclusiveOfCaptures {
 private:
  static std::recursive_mutex& mutex();
  std::scoped_lock<std::recursive_mutex> lock_{mutex()};
};

/// Memory for values that live within one op. Blocks are kept until the owner dies, since a recorded step may hold the
/// address of any of them; sizes at least double, so all of them take less than twice the largest.
class Scratch {
 public:
  explicit Scratch(std::size_t bytes) { grow(bytes); }
  /// At least `bytes`, the same block for every op: ops of one stream use it one after the other. Growing is allowed
  /// while a step is recorded.
  void* reserve(std::size_t bytes);

 private:
  void grow(std::size_t bytes);

  std::vector<DeviceMemory> blocks_;
  std::size_t bytes_ = 0;  ///< of the last block
};

/// Number of CUDA devices. Throws DeviceError with the reason and a remedy where there is none.
int count_devices();
/// "NVIDIA H200, compute capability 9.0, 139.8 GiB, driver 13.0, runtime 13.0".
std::string describe_device(int device);
int multiprocessor_count(int device);

}  // namespace minnow::kernels::cuda
