// SPDX-License-Identifier: Apache-2.0
#include "src/cli/device.hpp"

#include <optional>

namespace minnow::cli {
namespace {

struct Cuda {
  std::optional<Device> device;
  std::string reason;
};

Cuda find_cuda() {
  Cuda found;
  for (const DeviceInfo& info : devices()) {
    if (!info.device.starts_with("cuda")) continue;
    if (info.usable) return {parse_device(info.device), {}};
    if (found.reason.empty()) found.reason = info.reason;
  }
  return found;
}

}  // namespace

Device picked_device(const Device& wanted) {
  if (wanted.kind != DeviceKind::automatic) return wanted;
  return find_cuda().device.value_or(Device{DeviceKind::cpu, 0});
}

Contestants contestants(const Runtime& wanted) {
  if (wanted.device.kind != DeviceKind::automatic) return {{wanted}, {}};
  Runtime runtime = wanted;
  runtime.device = {DeviceKind::cpu, 0};
  Contestants result = {{runtime}, {}};
  const Cuda cuda = find_cuda();
  result.reason = cuda.reason;
  if (cuda.device) {
    runtime.device = *cuda.device;
    result.runtimes.push_back(runtime);
  }
  return result;
}

}  // namespace minnow::cli
