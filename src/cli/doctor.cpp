// SPDX-License-Identifier: Apache-2.0
/// minnow doctor
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "src/cli/commands.hpp"
#include "src/cli/console.hpp"
#include "src/cli/device.hpp"
#include "src/cli/json.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

struct DataPlace {
  std::filesystem::path folder;
  std::string origin;
  std::string state;  ///< what load_data says about MNIST there
  bool usable = false;
};

/// Where MNIST would come from: asks load_data itself.
DataPlace data_place(const DataSource& asked) {
  const char* variable = std::getenv("MINNOW_DATA");
  const bool from_variable = variable != nullptr && *variable != '\0';
  DataPlace place;
  if (!asked.directory.empty()) {
    place = {asked.directory, "--data", {}};
  } else if (from_variable) {
    place = {variable, "$MINNOW_DATA", {}};
  } else {
    place = {"data", "default", {}};
  }
  try {
    const DataSplits splits = load_data({"mnist", asked.directory, 0, 1}, false);
    place.state = splits.description;
    place.usable = true;
  } catch (const Error& error) {
    place.state = error.what();
  }
  return place;
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
  const Device picked = picked_device(runtime.device);
  const std::string reason = why_picked(runtime.device, picked, all);
  const unsigned processors = std::thread::hardware_concurrency();
  const int threads = runtime.threads > 0 ? runtime.threads : static_cast<int>(processors);
  const DataPlace place = data_place(invocation.settings.data);

  if (invocation.json) {
    Json listed = Json::array();
    for (const DeviceInfo& info : all) listed.push_back(to_json(info));
    print("{}", line_of({{"build", to_json(build)},
                         {"devices", listed},
                         {"device", to_string(picked)},
                         {"device_reason", reason},
                         {"processors", processors},
                         {"threads", threads},
                         {"data",
                          {{"folder", place.folder.string()},
                           {"from", place.origin},
                           {"mnist", place.usable},
                           {"state", place.state}}}}));
    return 0;
  }
  print("minnow      {} (commit {}, {}, {})\n", build.version, build.commit, build.compiler, build.build_type);
  print("flags       {}\n", build.flags);
  print("CUDA        {}\n", build.cuda ? "compiled in, architectures " + build.cuda_architectures : "not compiled in");
  for (const DeviceInfo& info : all) {
    print("{:<12}{}{}\n", info.device, info.description, info.usable ? "" : "not usable: " + info.reason);
  }
  print("device      {} ({})\n", to_string(picked), reason);
  print("threads     {} of {} processors\n", threads, processors);
  print("data        {} ({}): {}\n", place.folder.string(), place.origin, place.state);
  return 0;
}

}  // namespace minnow::cli
