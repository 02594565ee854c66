// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "minnow/minnow.hpp"

namespace minnow::cli {

/// The device and the number of threads that `wanted` means here.
Runtime used_runtime(Runtime wanted);

/// The runtimes that a command compares: the CPU and cuda:0 where it can be used, or only the device that
/// was asked for. `reason` says why CUDA is left out, or is empty.
struct Contestants {
  std::vector<Runtime> runtimes;
  std::string reason;
};
Contestants contestants(const Runtime& wanted);

}  // namespace minnow::cli
