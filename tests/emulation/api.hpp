// SPDX-License-Identifier: Apache-2.0
// What the files that define CUDA calls share.
#pragma once

#include <cuda_runtime.h>

#include <mutex>

#include "tests/emulation/emulation.hpp"
#include "tests/emulation/sanitizer.hpp"

namespace emulation {

/// Held by every call: one at a time, and none of its own memory accesses is ThreadSanitizer's business.
class ApiScope {
 public:
  ApiScope() : lock_(mutex()) { static_cast<void>(settings()); }  // reads the environment, watches the exit

 private:
  static std::recursive_mutex& mutex() {
    static auto* const instance = new std::recursive_mutex;
    return *instance;
  }
  std::scoped_lock<std::recursive_mutex> lock_;
  TsanIgnore ignore_;
};

/// Remembers the error for cudaGetLastError and returns it.
cudaError_t result(cudaError_t error);

}  // namespace emulation
