// SPDX-License-Identifier: Apache-2.0
#include "src/cli/bench_workloads.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "src/cli/data_source.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

constexpr const char* own_name = "own";
constexpr int image_pixels = 28 * 28;
constexpr int workload_classes = 10;

/// The first setting that describes a network or its training, or null.
const Source* own_setting(const Invocation& invocation) {
  const auto found = std::ranges::find_if(invocation.sources, [](const Source& source) {
    for (const char* section : {"model.", "loss.", "optimizer.", "schedule."}) {
      if (source.key.starts_with(section)) return true;
    }
    return source.key == "train.batch";
  });
  return found == invocation.sources.end() ? nullptr : &*found;
}

}  // namespace

BenchWorkloads::BenchWorkloads(const Invocation& invocation)
    : invocation_(invocation), standard_(benchmark_workloads()) {
  std::vector<std::string> known;
  for (const Workload& workload : standard_) known.push_back(workload.name);
  const Source* setting = own_setting(invocation);
  if (invocation.positional.empty() && setting == nullptr) names_ = known;
  if (invocation.positional.empty() && setting != nullptr) names_ = {own_name};
  known.emplace_back(own_name);
  for (const std::string& name : invocation.positional) {
    const auto found = std::ranges::find_if(known, [&](const std::string& word) { return same_word(word, name); });
    if (found == known.end()) {
      throw UsageError(fmt::format("unknown workload \"{}\"; there are {}", name, join(known, ", ")));
    }
    names_.push_back(*found);
  }
  if (setting != nullptr && !std::ranges::count(names_, own_name)) {
    throw UsageError(fmt::format("{}: {} describes a network of your own; add the workload 'own' to {}", setting->place,
                                 setting->key, join(invocation.positional, " ")));
  }
}

PreparedWorkload BenchWorkloads::prepare(const std::string& name) {
  if (name == own_name) return prepare_own();
  const Workload& workload = *std::ranges::find(standard_, name, &Workload::name);
  if (!wants_noise() && workload.network.inputs == image_pixels && loaded().train.features() == image_pixels &&
      loaded().train.classes() == workload_classes) {
    return {workload, &loaded().train, loaded().description};
  }
  // The data do not fit: clusters, since of noise weight decay would leave nothing but denormal numbers.
  drawn_ = wants_noise() ? make_noise(workload)
                         : make_blobs(benchmark_rows, workload.network.inputs, workload_classes, 1, 1);
  return {workload, &drawn_, wants_noise() ? "noise" : "10 Gaussian clusters"};
}

PreparedWorkload BenchWorkloads::prepare_own() {
  const Settings& settings = invocation_.settings;
  const auto with_network = [&](int inputs, int outputs) {
    return make_workload(own_name, network_of(settings, inputs, outputs), settings.training);
  };
  if (wants_noise()) {
    const Workload workload = with_network(image_pixels, workload_classes);
    drawn_ = make_noise(workload);
    return {workload, &drawn_, "noise"};
  }
  const Dataset& train = loaded().train;
  return {with_network(train.features(), outputs_for(settings, train)), &train, loaded().description};
}

const DataSplits& BenchWorkloads::loaded() {
  if (!loaded_) {
    Settings settings = invocation_.settings;
    loaded_ = load_splits(invocation_, settings);
  }
  return *loaded_;
}

bool BenchWorkloads::wants_noise() const {
  return same_word(invocation_.settings.data.dataset, "noise");
}

}  // namespace minnow::cli
