// SPDX-License-Identifier: Apache-2.0
#include "src/cli/device.hpp"

namespace minnow::cli {

Runtime used_runtime(Runtime wanted) {
  wanted.device = pick_device(wanted.device);
  if (wanted.threads == 0) wanted.threads = default_threads();
  return wanted;
}

Contestants contestants(const Runtime& wanted) {
  if (wanted.device.kind != DeviceKind::automatic) return {{wanted}, {}};
  Runtime runtime = wanted;
  runtime.device = {DeviceKind::cpu, 0};
  Contestants result = {{runtime}, {}};
  runtime.device = pick_device(wanted.device);
  if (runtime.device.kind == DeviceKind::cuda) {
    result.runtimes.push_back(runtime);
  } else {
    result.reason = devices().back().reason;
  }
  return result;
}

}  // namespace minnow::cli
