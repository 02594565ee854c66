// SPDX-License-Identifier: Apache-2.0
// Twin of kernels/cuda/launch.cuh: the same interface, running kernels on the CPU.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <memory>
#include <minnow/error.hpp>
#include <string>
#include <tuple>
#include <utility>

#include "kernels/cuda/device.cuh"
#include "kernels/source_location.hpp"
#include "tests/emulation/launch_side.hpp"

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
  throw DeviceError(std::string(call) + " failed at " + config.where.file_name() + ":" +
                    std::to_string(config.where.line()) + " (" + config.where.function_name() +
                    "): " + cudaGetErrorName(error) + ", " + cudaGetErrorString(error));
}

}  // namespace detail

template <class... Parameters, class... Arguments>
void launch(const Config& config, void (*kernel)(Parameters...), Arguments&&... arguments) {
  if (config.grid.x == 0 || config.grid.y == 0 || config.grid.z == 0) return;
  using Invocation = emulation::Invocation<Parameters...>;
  auto invocation = std::make_shared<const Invocation>(
      Invocation{kernel, std::tuple<Parameters...>(std::forward<Arguments>(arguments)...)});
  const cudaError_t error = emulation::launch_kernel({.function = reinterpret_cast<const void*>(kernel),
                                                      .grid = config.grid,
                                                      .block = config.block,
                                                      .dynamic_shared_bytes = config.dynamic_shared_bytes,
                                                      .where = config.where,
                                                      .invocation = std::move(invocation),
                                                      .invoke = &Invocation::invoke,
                                                      .check = &Invocation::check},
                                                     config.stream);
  detail::check_launch(error, "kernel launch", config);
}

/// Lets launches of `kernel` use up to `bytes` of dynamic shared memory; needed above 48 KiB.
template <class... Parameters>
void allow_dynamic_shared(void (*kernel)(Parameters...), std::size_t bytes, Config config = {}) {
  detail::check_launch(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                            cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)),
                       "cudaFuncSetAttribute(MaxDynamicSharedMemorySize)", config);
}

}  // namespace minnow::kernels::cuda
