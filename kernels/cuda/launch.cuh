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

#include <utility>

#include "kernels/cuda/device.cuh"
#include "kernels/cuda/launch_config.cuh"

#ifndef MINNOW_SYNCHRONIZE_LAUNCHES
#  define MINNOW_SYNCHRONIZE_LAUNCHES 0
#endif

namespace minnow::kernels::cuda {

namespace detail {

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

}  // namespace minnow::kernels::cuda
