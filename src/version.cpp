// SPDX-License-Identifier: Apache-2.0
// The MINNOW_* macros come from src/CMakeLists.txt, for this file alone; the commit from cmake/commit.cmake.
#include "minnow/version.hpp"

#include "kernels/backend.hpp"
#include "kernels/host_limits.hpp"
#include "minnow/error.hpp"

namespace minnow {

namespace engine {
extern const char commit[];
}

BuildInfo build_info() {
  BuildInfo info;
  info.version = MINNOW_VERSION;
  info.commit = engine::commit;
  info.compiler = MINNOW_COMPILER;
  info.flags = MINNOW_FLAGS;
  info.build_type = MINNOW_BUILD_TYPE;
  info.cuda_architectures = MINNOW_CUDA_ARCHITECTURES;
  info.cuda = !info.cuda_architectures.empty();
  return info;
}

namespace {

DeviceInfo describe(const Device& device) {
  DeviceInfo info;
  info.device = to_string(device);
  try {
    const auto backend = kernels::make_backend({.device = device});
    info.device = backend->name();
    info.description = backend->description();
    info.usable = true;
  } catch (const Error& error) {
    info.reason = error.what();
  }
  return info;
}

}  // namespace

std::vector<DeviceInfo> devices() {
  std::vector<DeviceInfo> found = {describe({DeviceKind::cpu, 0})};
  const std::string reason = kernels::cuda_unavailable_reason();
  if (!reason.empty()) {
    found.push_back({.device = "cuda", .description = "", .usable = false, .reason = reason});
    return found;
  }
  const int count = kernels::cuda_device_count();
  for (int index = 0; index < count; ++index) found.push_back(describe({DeviceKind::cuda, index}));
  return found;
}

int default_threads() {
  return kernels::usable_threads();
}

Device pick_device(const Device& wanted) {
  return kernels::pick_device(wanted);
}

}  // namespace minnow
