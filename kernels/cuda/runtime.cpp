// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/runtime.hpp"

#include <algorithm>
#include <cstdio>
#include <map>

#include "minnow/error.hpp"

namespace minnow::kernels::cuda {

namespace {

std::string place(const SourceLocation& where) {
  return std::string(where.file_name()) + ":" + std::to_string(where.line()) + " (" + where.function_name() + ")";
}

std::string gibibytes(std::size_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f GiB", static_cast<double>(bytes) / (1024.0 * 1024.0 * 1024.0));
  return text;
}

/// 13000 -> "13.0".
std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

/// Errors that every later call of the process repeats: those of which the CUDA runtime API reference says that the
/// process must be terminated and relaunched, and broken memory or links.
bool ends_the_process(cudaError_t error) {
  switch (static_cast<int>(error)) {
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case 226:  // cudaErrorContained, since CUDA 12.9
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
    case 721:  // cudaErrorTensorMemoryLeak, since CUDA 12.8
    case cudaErrorMpsClientTerminated:
    case cudaErrorExternalDevice:
      return true;
    default:
      return false;
  }
}

std::string remedy(cudaError_t error) {
  if (ends_the_process(error)) {
    return "the device cannot be used by this process any more: start a new one; if a kernel failed, compile with "
           "-DMINNOW_SYNCHRONIZE_LAUNCHES=1 (CMAKE_CUDA_FLAGS) or run compute-sanitizer to see which";
  }
  switch (error) {
    case cudaErrorNoDevice:
      return "no CUDA device is visible: check nvidia-smi and CUDA_VISIBLE_DEVICES";
    case cudaErrorInsufficientDriver:
      return "install an NVIDIA driver for CUDA " + version_text(CUDART_VERSION) +
             " or newer; nvidia-smi shows the one in use";
    case cudaErrorInvalidDevice:
      return "see `minnow doctor` for the devices of this machine";
    case cudaErrorNoKernelImageForDevice:
      return "this build has no code for the device: add its compute capability to CMAKE_CUDA_ARCHITECTURES";
    case cudaErrorStreamCaptureUnsupported:
    case cudaErrorStreamCaptureInvalidated:
      return "a recorded step may not upload, download, allocate or wait: do so before Backend::record";
    default:
      return "see the CUDA runtime API reference for this error";
  }
}

[[noreturn]] void throw_out_of_memory(std::size_t bytes, const SourceLocation& where) {
  std::size_t free = 0, total = 0;
  std::string found = "free memory unknown";
  if (cudaMemGetInfo(&free, &total) != cudaSuccess) {
    static_cast<void>(cudaGetLastError());
  } else {
    found = std::to_string(free) + " bytes (" + gibibytes(free) + ") of " + std::to_string(total) + " (" +
            gibibytes(total) + ") are free";
  }
  throw MemoryError("no " + std::to_string(bytes) + " bytes (" + gibibytes(bytes) + ") of device memory for " +
                    place(where) + ": " + found + "; lower the batch, the layer widths or the number of models");
}

/// Of the current device.
std::size_t total_memory() {
  static std::mutex mutex;
  static std::map<int, std::size_t> known;  // asking takes up to a millisecond
  int device = 0;
  check(cudaGetDevice(&device), "cudaGetDevice");
  const std::lock_guard lock(mutex);
  std::size_t& bytes = known[device];
  if (bytes == 0) {
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
    bytes = properties.totalGlobalMem;
  }
  return bytes;
}

}  // namespace

void check(cudaError_t error, const char* call, SourceLocation where) {
  if (error == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());  // a reported error must not be found again by the next launch
  const std::string message = std::string(call) + " failed at " + place(where) + ": " + cudaGetErrorName(error) + ", " +
                              cudaGetErrorString(error) + "; ";
  if (error == cudaErrorMemoryAllocation) {
    throw MemoryError(message + "lower the batch, the layer widths or the number of models");
  }
  throw DeviceError(message + remedy(error));
}

// Destructors report nothing: after a device error each of these calls repeats it, and at process exit the runtime may
// be gone already.
void DestroyStream::operator()(cudaStream_t stream) const noexcept {
  static_cast<void>(cudaStreamDestroy(stream));
}
void DestroyEvent::operator()(cudaEvent_t event) const noexcept {
  static_cast<void>(cudaEventDestroy(event));
}
void DestroyGraph::operator()(cudaGraph_t graph) const noexcept {
  static_cast<void>(cudaGraphDestroy(graph));
}
void DestroyGraphExec::operator()(cudaGraphExec_t graph) const noexcept {
  static_cast<void>(cudaGraphExecDestroy(graph));
}
void FreeDeviceMemory::operator()(void* data) const noexcept {
  static_cast<void>(cudaFree(data));
}

Stream make_stream() {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  return Stream(stream);
}

Event make_event() {
  cudaEvent_t event = nullptr;
  check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming | cudaEventBlockingSync), "cudaEventCreateWithFlags");
  return Event(event);
}

DeviceMemory make_device_memory(std::size_t bytes, SourceLocation where) {
  if (bytes > total_memory()) throw_out_of_memory(bytes, where);
  void* data = nullptr;
  const cudaError_t error = cudaMalloc(&data, bytes);
  if (error == cudaErrorMemoryAllocation) {
    static_cast<void>(cudaGetLastError());
    throw_out_of_memory(bytes, where);
  }
  check(error, "cudaMalloc", where);
  return DeviceMemory(data);
}

std::recursive_mutex& ExclusiveOfCaptures::mutex() {
  static auto* const instance = new std::recursive_mutex;  // handles may be destroyed after static objects
  return *instance;
}

void* Scratch::reserve(std::size_t bytes) {
  if (bytes > bytes_) grow(std::max(bytes, 2 * bytes_));
  return blocks_.back().get();
}

void Scratch::grow(std::size_t bytes) {
  // cudaMalloc is refused during a capture of this thread unless its mode is relaxed. It is no stream operation, so it
  // does not become part of the recording; the mode only guards against code that relies on its implicit wait.
  cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
  check(cudaThreadExchangeStreamCaptureMode(&mode), "cudaThreadExchangeStreamCaptureMode");
  DeviceMemory block;
  try {
    block = make_device_memory(bytes);
  } catch (...) {
    static_cast<void>(cudaThreadExchangeStreamCaptureMode(&mode));
    throw;
  }
  check(cudaThreadExchangeStreamCaptureMode(&mode), "cudaThreadExchangeStreamCaptureMode");
  blocks_.push_back(std::move(block));
  bytes_ = bytes;
}

int count_devices() {
  int count = 0;  // left untouched by a runtime that finds no driver
  cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count > 0) return count;
  if (error == cudaSuccess) error = cudaErrorNoDevice;
  static_cast<void>(cudaGetLastError());
  throw DeviceError(std::string("no CUDA device can be used: ") + cudaGetErrorString(error) + " (" +
                    cudaGetErrorName(error) + "): " + remedy(error));
}

std::string describe_device(int device) {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
  int driver = 0, runtime = 0;
  check(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
  check(cudaRuntimeGetVersion(&runtime), "cudaRuntimeGetVersion");
  return std::string(properties.name) + ", compute capability " + std::to_string(properties.major) + "." +
         std::to_string(properties.minor) + ", " + gibibytes(properties.totalGlobalMem) + ", driver " +
         version_text(driver) + ", runtime " + version_text(runtime);
}

int multiprocessor_count(int device) {
  int count = 0;
  check(cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device), "cudaDeviceGetAttribute");
  return count;
}

}  // namespace minnow::kernels::cuda
