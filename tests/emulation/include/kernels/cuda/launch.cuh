// SPDX-License-Identifier: Apache-2.0
// Twin of kernels/cuda/launch.cuh: the same interface, running kernels on the CPU.
#pragma once

#include <memory>
#include <tuple>
#include <utility>

#include "kernels/cuda/device.cuh"
#include "kernels/cuda/launch_config.cuh"
#include "tests/emulation/launch_side.hpp"

namespace minnow::kernels::cuda {

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
                                                      .parameter_bytes = Invocation::parameter_bytes(),
                                                      .where = config.where,
                                                      .invocation = std::move(invocation),
                                                      .invoke = &Invocation::invoke,
                                                      .check = &Invocation::check},
                                                     config.stream);
  detail::check_launch(error, "kernel launch", config);
}

}  // namespace minnow::kernels::cuda
