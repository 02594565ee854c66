// SPDX-License-Identifier: Apache-2.0
#include "src/cli/handout.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <span>
#include <system_error>

#include "src/cli/json.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

namespace fs = std::filesystem;

constexpr int compared_steps = 20;

void write_bytes(const fs::path& path, std::span<const std::byte> bytes) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream) throw DataError(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(errno)));
}

/// Writes the array beside the others, unless it is there, and returns its name.
template <class T>
std::string write_array(const fs::path& folder, const std::string& name, std::span<const T> values) {
  const fs::path path = folder / name;
  std::error_code ignored;
  if (fs::file_size(path, ignored) != values.size_bytes() || ignored) write_bytes(path, std::as_bytes(values));
  return name;
}

/// Always written: it depends on more than its name says.
template <class T>
std::string write_new(const fs::path& folder, const std::string& name, const std::vector<T>& values) {
  write_bytes(folder / name, std::as_bytes(std::span(values)));
  return name;
}

Json data_json(const fs::path& folder, const Dataset& data) {
  const std::string stem = "data-" + hex(data.fingerprint());
  Json json = {{"rows", data.rows()}, {"features", data.features()}, {"classes", data.classes()}};
  json["x"] = data.is_bytes() ? write_array(folder, stem + ".x.u8", data.bytes())
                              : write_array(folder, stem + ".x.f32", data.floats());
  json["scale"] = data.is_bytes() ? data.scale() : 1.0f;
  json["shift"] = data.is_bytes() ? data.shift() : 0.0f;
  json["labels"] = data.classes() > 0 ? Json(write_array(folder, stem + ".labels.i32", data.labels())) : Json();
  return json;
}

Json layers_json(const Model& model) {
  Json layers = Json::array();
  for (const Layer& layer : model.network().layers) {
    Json json = {{"type", to_string(layer.kind)}, {"activation", to_string(layer.activation)}};
    if (layer.kind == LayerKind::dropout) json["rate"] = layer.rate;
    for (const ParameterTensor& tensor : model.tensors()) {
      if (!tensor.name.starts_with(layer.name + ".")) continue;
      json[tensor.name.substr(layer.name.size() + 1)] = {
          {"offset", tensor.offset}, {"rows", tensor.rows}, {"cols", tensor.cols}};
    }
    layers.push_back(json);
  }
  return layers;
}

/// Peers know a rule by its name, rate and decay; `plain` says that nothing else differs from the rule's defaults.
Json training_json(const Training& training) {
  const Optimizer& optimizer = training.optimizer;
  Optimizer plain = make_optimizer(optimizer.kind);
  plain.learning_rate = optimizer.learning_rate;
  plain.weight_decay = optimizer.weight_decay;
  return {{"batch", training.batch},
          {"optimizer", to_string(optimizer.kind)},
          {"lr", optimizer.learning_rate},
          {"weight_decay", optimizer.weight_decay},
          {"loss", to_string(training.loss.kind)},
          {"plain", optimizer == plain && training.loss == Loss{.kind = training.loss.kind}}};
}

Workload without_dropout(Workload workload) {
  for (Layer& layer : workload.network.layers) {
    if (layer.kind == LayerKind::dropout) layer.rate = 0;
  }
  return workload;
}

}  // namespace

std::string entry_name(const Workload& workload, int models) {
  return models == 1 ? workload.name : fmt::format("{}x{}", workload.name, models);
}

void write_handout(const fs::path& folder, const Workload& workload, const Dataset& data, int models) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw DataError(fmt::format("{}: cannot be made: {}", folder.string(), error.message()));
  Runtime runtime;
  runtime.device = {DeviceKind::cpu, 0};
  StepBenchmark benchmark(without_dropout(workload), data, runtime, models);
  const std::string entry = entry_name(workload, models);
  const Model model(workload.network, 1);
  Json json = {{"name", entry}, {"description", workload.description}, {"models", models}};
  json["data"] = data_json(folder, data);
  json["training"] = training_json(workload.training);
  json["layers"] = layers_json(model);
  json["parameter_count"] = model.parameter_count();
  json["parameters"] = write_new(folder, entry + ".parameters.f32", benchmark.train(0));
  json["order"] = write_new(folder, entry + ".order.u32", benchmark.order());
  json["losses"] = benchmark.losses(compared_steps);
  const std::string text = text_of(json) + "\n";
  write_bytes(folder / (entry + ".json"), std::as_bytes(std::span(text)));
}

}  // namespace minnow::cli
