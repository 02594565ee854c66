// SPDX-License-Identifier: Apache-2.0
/// What this library is and what it can use here.
#pragma once

#include <string>
#include <vector>

#include "minnow/config.hpp"

namespace minnow {

/// How the library was built.
struct BuildInfo {
  std::string version;   ///< "0.1.0"
  std::string commit;    ///< short hash, or "unknown"
  std::string compiler;  ///< "GNU 12.2.0"
  std::string flags;
  std::string build_type;
  bool cuda = false;               ///< compiled with CUDA
  std::string cuda_architectures;  ///< "75 80 ...", or empty
};
BuildInfo build_info();

/// One device that training could use, or why it cannot.
struct DeviceInfo {
  std::string device;       ///< "cpu", "cuda:0"
  std::string description;  ///< processor and vector instructions, or the GPU
  bool usable = false;
  std::string reason;  ///< why it is not usable
};
/// The CPU and every CUDA device, or one unusable "cuda" entry with the reason.
std::vector<DeviceInfo> devices();
/// The threads that Runtime::threads = 0 stands for: one per processor that this process may run on, but no more than a
/// container's CPU quota, rounded up.
int default_threads();
/// What `wanted` stands for here: automatic is cuda:0 where CUDA can be used, else the CPU; others stay.
Device pick_device(const Device& wanted);

}  // namespace minnow
