// SPDX-License-Identifier: Apache-2.0
// The only place that launches a kernel. Twin: tests/emulation/include/kernels/cuda/launch.cuh, same interface
// (device.cuh says how a build picks one of the two). Include as "kernels/cuda/launch.cuh".
//
//   launch({.grid = blocks, .block = 256, .stream = stream}, bias_kernel, y, b, rows, columns);
//
// An empty grid is no launch. A refused launch throws DeviceError with the caller's place. Compiled with
// MINNOW_SYNCHRONIZE_LAUNCHES=1 each launch outside a capture also waits, so that a fault is reported where it was
// caused.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <minnow/error.hpp>
#include <string>
#include <utility>

#include "kernels/cuda/device.cuh"
#include "kernels/source_location.hpp"

#ifndef MINNOW_SYNCHRONIZE_LAUNCHES
#  define MINNOW_SYNCHRONIZE_LAUNCHES 0
#endif

namespace minnow::kernels::cuda {

struct Config {
  dim3 grid = 1;
  dim3 block = 1;
  std::size_t dynamic_shared_bytes = 0;
  cudaStream_t stream = nullptr;
  SourceLocation where = SourceLocation::current();
};

namespace detail {

inline void check_launch(cudaError_t error, const char* call, const Config& config) {
  if (error == cudaSuccess) return;
  const auto extents = [](dim3 d) {
    return "(" + std::to_string(d.x) + ", " + std::to_string(d.y) + ", " + std::to_string(d.z) + ")";
  };
  throw DeviceError(std::string(call) + " failed at " + config.where.file_name() + ":" +
                    std::to_string(config.where.line()) + " (" + config.where.function_name() +
                    "): " + cudaGetErrorName(error) + ", " + cudaGetErrorString(error) + "; grid " +
                    extents(config.grid) + ", block " + extents(config.block) + ", dynamic shared memory " +
                    std::to_string(config.dynamic_shared_bytes) + " bytes");
}

inline void wait_outside_capture(const Config& config) {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  check_launch(cudaStreamIsCapturing(config.stream, &status), "cudaStreamIsCapturing", config);
  if (status != cudaStreamCaptureStatusNone) return;
  check_launch(cudaStreamSynchronize(config.stream), "cudaStreamSynchronize after the launch", config);
}

}  // namespace detail

template <class... Parameters, class... Arguments>
void launch(const Config& config, void (*kernel)(Parameters...), Arguments&&... arguments) {
  if (config.grid.x == 0 || config.grid.y == 0 || config.grid.z == 0) return;
  cudaLaunchConfig_t launch_config{};
  launch_config.gridDim = config.grid;
  launch_config.blockDim = config.block;
  launch_config.dynamicSmemBytes = config.dynamic_shared_bytes;
  launch_config.stream = config.stream;
  detail::check_launch(cudaLaunchKernelEx(&launch_config, kernel, std::forward<Arguments>(arguments)...),
                       "cudaLaunchKernelEx", config);
  if constexpr (MINNOW_SYNCHRONIZE_LAUNCHES != 0) detail::wait_outside_capture(config);
}

/// Lets launches of `kernel` use up to `bytes` of dynamic shared memory; needed above 48 KiB.
template <class... Parameters>
void allow_dynamic_shared(void (*kernel)(Parameters...), std::size_t bytes, Config config = {}) {
  detail::check_launch(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                            cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)),
                       "cudaFuncSetAttribute(MaxDynamicSharedMemorySize)", config);
}

}  // namespace minnow::kernels::cuda
