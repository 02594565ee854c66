// SPDX-License-Identifier: Apache-2.0
/// minnow gradcheck
#include <fmt/format.h>

#include "src/cli/commands.hpp"
#include "src/cli/console.hpp"
#include "src/cli/device.hpp"
#include "src/cli/json.hpp"

namespace minnow::cli {
namespace {

/// The double reference, the CPU and a usable CUDA device; or what was asked for.
std::vector<Runtime> backends_of(const Runtime& wanted, const Log& log) {
  Contestants chosen = contestants(wanted);
  if (wanted.device.kind != DeviceKind::automatic) return chosen.runtimes;
  if (!chosen.reason.empty()) log("cuda is not checked: {}", chosen.reason);
  Runtime reference = wanted;
  reference.device = {DeviceKind::reference, 0};
  chosen.runtimes.insert(chosen.runtimes.begin(), reference);
  return chosen.runtimes;
}

Json json_of(const TensorCheck& tensor) {
  return {{"tensor", tensor.tensor},     {"model", tensor.model},    {"error", tensor.error},
          {"limit", tensor.limit},       {"row", tensor.row},        {"col", tensor.col},
          {"analytic", tensor.analytic}, {"numeric", tensor.numeric}};
}

Json json_of(const GradientCheck& check) {
  Json tensors = Json::array();
  for (const TensorCheck& tensor : check.tensors) tensors.push_back(json_of(tensor));
  return {{"device", check.device}, {"passed", check.passed}, {"worst", json_of(check.worst)}, {"tensors", tensors}};
}

std::string element_text(const TensorCheck& tensor) {
  return fmt::format("model {} {}[{}, {}]: analytic {:.9g}, numeric {:.9g}", tensor.model, tensor.tensor, tensor.row,
                     tensor.col, tensor.analytic, tensor.numeric);
}

void print_table(const GradientCheck& check) {
  print("{}: {} (worst {:.3g}, limit {:.3g})\n", check.device, check.passed ? "passed" : "FAILED", check.worst.error,
        check.worst.limit);
  for (const TensorCheck& tensor : check.tensors) {
    print("  {:<24}{:>10.3g} of {:<10.3g}{}\n", tensor.tensor, tensor.error, tensor.limit, element_text(tensor));
  }
}

}  // namespace

int run_gradcheck(const Invocation& invocation) {
  const Log log(invocation.quiet);
  const Settings& settings = invocation.settings;
  const Network network = network_of(settings, invocation.inputs, invocation.classes);
  GradientCheckOptions options;
  options.loss = settings.training.loss;
  options.batch = invocation.samples;
  options.models = invocation.models;
  options.seed = settings.seed;
  options.elements = invocation.elements;

  Json backends = Json::array();
  std::string failure;
  for (const Runtime& runtime : backends_of(settings.runtime, log)) {
    const GradientCheck check = check_gradients(network, options, runtime);
    backends.push_back(json_of(check));
    if (!invocation.json) print_table(check);
    if (check.passed || !failure.empty()) continue;
    failure = fmt::format("the gradient on {} is off by {:.3g}, the limit is {:.3g}; worst: {}", check.device,
                          check.worst.error, check.worst.limit, element_text(check.worst));
  }
  if (invocation.json) print("{}", line_of({{"passed", failure.empty()}, {"backends", backends}}));
  if (!failure.empty()) throw CheckError(failure);
  return 0;
}

}  // namespace minnow::cli
