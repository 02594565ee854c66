// SPDX-License-Identifier: Apache-2.0
/// minnow inspect FILE
#include <fmt/format.h>

#include <optional>

#include "src/cli/commands.hpp"
#include "src/cli/console.hpp"
#include "src/cli/data_source.hpp"
#include "src/cli/json.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

/// run.json of a run directory; null for a model file.
Json run_of(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return nullptr;
  if (!std::filesystem::exists(path / "run.json", ignored)) {
    throw DataError(
        fmt::format("{}: is not a run directory: it holds no run.json; name a model file or the folder of "
                    "one run",
                    path.string()));
  }
  const std::string text = read_text_file(path / "run.json");
  std::string problem = "no object";
  std::optional<Json> run = parse_json(text, problem);
  if (!run || !run->is_object()) {
    throw DataError(fmt::format("{}: is not valid JSON ({}), expected what 'minnow train' wrote",
                                (path / "run.json").string(), problem));
  }
  return *std::move(run);
}

Json describe(const Model& model) {
  Json tensors = Json::array();
  for (const ParameterTensor& tensor : model.tensors()) {
    tensors.push_back({{"name", tensor.name}, {"shape", {tensor.rows, tensor.cols}}});
  }
  Json metadata = Json::object();
  for (const auto& [key, value] : model.metadata) metadata[key] = value;
  return {{"inputs", model.inputs()},
          {"outputs", model.outputs()},
          {"parameters", model.parameter_count()},
          {"seed", model.seed()},
          {"weights_hash", hex(model.weights_hash())},
          {"preprocessing", {{"scale", tidy(model.preprocessing.scale)}, {"shift", tidy(model.preprocessing.shift)}}},
          {"tensors", tensors},
          {"metadata", metadata}};
}

std::string text_about(const Model& model) {
  std::string text = model.summary() + '\n';
  for (const ParameterTensor& tensor : model.tensors()) {
    text += fmt::format("{:<24} [{}, {}]\n", tensor.name, tensor.rows, tensor.cols);
  }
  text +=
      fmt::format("\nseed        {}\nweights     {}\ninputs      x * {} + {}\n", model.seed(),
                  hex(model.weights_hash()), shortest(model.preprocessing.scale), shortest(model.preprocessing.shift));
  for (const auto& [key, value] : model.metadata) {
    text += fmt::format("{:<23} {}\n", printable(key), printable(value));
  }
  return text;
}

std::string text_about(const Json& run) {
  std::string text;
  for (const char* key : {"status", "started", "ended", "device", "epochs", "steps", "seconds", "message"}) {
    if (!run.contains(key)) continue;
    const Json& value = run[key];
    const std::string shown = value.is_string() ? value.get<std::string>() : value.dump();
    if (!shown.empty()) text += fmt::format("{:<12}{}\n", key, printable(shown));
  }
  for (const auto& [key, value] : run.items()) {
    if (key.find('/') != std::string::npos) text += fmt::format("{:<24} {}\n", printable(key), printable(value.dump()));
  }
  return text;
}

}  // namespace

int run_inspect(const Invocation& invocation) {
  const std::filesystem::path path = invocation.positional.front();
  const Json run = run_of(path);
  const std::filesystem::path file = find_model(path);
  std::optional<Model> model;  // a run that was killed early has none
  if (!file.empty()) model = Model::load(file);
  if (invocation.json) {
    Json json = {{"file", file.string()}, {"model", model ? describe(*model) : Json()}};
    if (!run.is_null()) json["run"] = run;
    print("{}", line_of(json));
    return 0;
  }
  if (!run.is_null()) print("{}", text_about(run));
  if (!run.is_null())
    print("{:<12}{}\n\n", "file", file.empty() ? "none: the run has saved no model" : printable(file.string()));
  if (model) print("{}", text_about(*model));
  return 0;
}

}  // namespace minnow::cli
