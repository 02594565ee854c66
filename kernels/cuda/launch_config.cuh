// SPDX-License-Identifier: Apache-2.0
// What both twins of launch.cuh share: how a launch is described, and what happens where it is refused.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <minnow/error.hpp>
#include <string>

#include "kernels/source_location.hpp"

namespace minnow::kernels::cuda {

struct Config {
  dim3 grid = 1;
  dim3 block = 1;
  std::size_t dynamic_shared_bytes = 0;
  cudaStream_t stream = nullptr;
  SourceLocation where = SourceLocation::current();
};

namespace detail {

/// Throws DeviceError with the caller's place, unless `error` is success.
inline void check_launch(cudaError_t error, const char* call, const Config& config) {
  if (error == cudaSuccess) return;
  static_cast<void>(cudaGetLastError());  // else Thrust, which asks for it after its own launches, would be blamed
  const auto extents = [](dim3 d) {
    return "(" + std::to_string(d.x) + ", " + std::to_string(d.y) + ", " + std::to_string(d.z) + ")";
  };
  throw DeviceError(std::string(call) + " failed at " + config.where.file_name() + ":" +
                    std::to_string(config.where.line()) + " (" + config.where.function_name() +
                    "): " + cudaGetErrorName(error) + ", " + cudaGetErrorString(error) + "; grid " +
                    extents(config.grid) + ", block " + extents(config.block) + ", dynamic shared memory " +
                    std::to_string(config.dynamic_shared_bytes) + " bytes");
}

}  // namespace detail

/// Lets launches of `kernel` use up to `bytes` of dynamic shared memory; needed above 48 KiB.
template <class... Parameters>
void allow_dynamic_shared(void (*kernel)(Parameters...), std::size_t bytes, Config config = {}) {
  detail::check_launch(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                            cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)),
                       "cudaFuncSetAttribute(MaxDynamicSharedMemorySize)", config);
}

}  // namespace minnow::kernels::cuda
