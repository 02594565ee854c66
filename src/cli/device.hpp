// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "minnow/minnow.hpp"

namespace minnow::cli {

/// The device that `wanted` means here: automatic is the first usable CUDA device, else the CPU.
Device picked_device(const Device& wanted);

/// The runtimes that a command compares: the CPU and the first CUDA device where one is usable, or only the device that
/// was asked for. `reason` says why CUDA is left out, or is empty.
struct Contestants {
  std::vector<Runtime> runtimes;
  std::string reason;
};
Contestants contestants(const Runtime& wanted);

}  // namespace minnow::cli
