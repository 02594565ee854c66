// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime.h>

#include <string>

#include "tests/emulation/device_buffer.hpp"
#include "tests/emulation/emulation.hpp"

namespace emulation::test {

/// The message of the Fault that `call` throws; empty if it throws none.
template <class F>
std::string fault_of(F&& call) {
  try {
    call();
    check(cudaDeviceSynchronize());
  } catch (const Fault& fault) {
    return fault.what();
  }
  return {};
}

}  // namespace emulation::test
