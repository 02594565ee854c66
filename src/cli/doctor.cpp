// SPDX-License-Identifier: Apache-2.0
/// minnow doctor
#include <fmt/format.h>

#include <thread>
#include <utility>

#include "src/cli/commands.hpp"
#include "src/cli/console.hpp"
#include "src/cli/data_source.hpp"
#include "src/cli/device.hpp"
#include "src/cli/json.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

/// What load_data says about MNIST there, and whether it is usable.
std::pair<std::string, bool> state_of(const DataFolder& folder) {
  try {
    return {load_data({"mnist", folder.path, 0, 1}, false).description, true};
  } catch (const Error& error) {
    return {error.what(), false};
  }
}

/// "" if the device that is not used could have been.
std::string why_not_cuda(const std::vector<DeviceInfo>& all) {
  for (const DeviceInfo& info : all) {
    if (info.device.starts_with("cuda") && !info.usable) return info.reason;
  }
  return {};
}

std::string why_picked(const Device& wanted, const Device& picked, const std::vector<DeviceInfo>& all) {
  if (wanted.kind != DeviceKind::automatic) return "asked for";
  if (picked.kind == DeviceKind::cuda) return "a CUDA device is usable; --device cpu uses the CPU";
  return "CUDA is not usable: " + why_not_cuda(all);
}

}  // namespace

int run_doctor(const Invocation& invocation) {
  const BuildInfo build = build_info();
  const std::vector<DeviceInfo> all = devices();
  const Runtime& runtime = invocation.settings.runtime;
  const Runtime used = used_runtime(runtime);
  const std::string reason = why_picked(runtime.device, used.device, all);
  const unsigned processors = std::thread::hardware_concurrency();
  const DataFolder folder = data_folder(invocation.settings.data);
  const auto [state, usable] = state_of(folder);

  if (invocation.json) {
    Json listed = Json::array();
    for (const DeviceInfo& info : all) listed.push_back(to_json(info));
    print("{}",
          line_of({{"build", to_json(build)},
                   {"devices", listed},
                   {"device", to_string(used.device)},
                   {"device_reason", reason},
                   {"processors", processors},
                   {"threads", used.threads},
                   {"data",
                    {{"folder", folder.path.string()}, {"from", folder.from}, {"mnist", usable}, {"state", state}}}}));
    return 0;
  }
  print("minnow      {} (commit {}, {}, {})\n", build.version, build.commit, build.compiler, build.build_type);
  print("flags       {}\n", build.flags);
  print("CUDA        {}\n", build.cuda ? "compiled in, architectures " + build.cuda_architectures : "not compiled in");
  for (const DeviceInfo& info : all) {
    print("{:<12}{}{}\n", info.device, info.description, info.usable ? "" : "not usable: " + info.reason);
  }
  print("device      {} ({})\n", to_string(used.device), reason);
  print("threads     {} of {} processors\n", used.threads, processors);
  print("data        {} ({}): {}\n", folder.path.string(), folder.from, state);
  return 0;
}

}  // namespace minnow::cli
