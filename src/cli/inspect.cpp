// SPDX-License-Identifier: Apache-2.0
/// minnow inspect FILE
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/cli/commands.hpp"
#include "src/cli/console.hpp"
#include "src/cli/data_source.hpp"
#include "src/cli/json.hpp"
#include "src/cli/run_folder.hpp"
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

/// As it is shown; empty where it is not there.
std::string text_at(const Json& json, std::string_view key) {
  if (!json.is_object() || !json.contains(key)) return {};
  const Json& value = json[key];
  return value.is_null() ? "" : printable(value.is_string() ? value.get<std::string>() : value.dump());
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

/// Whether the run goes on; nothing where that is not known.
std::optional<bool> is_alive(const std::filesystem::path& path, const Json& run) {
  if (text_at(run, "status") != "running") return false;
  if (is_locked(path)) return true;
  if (text_at(run, "locked") == "true") return false;
  return std::nullopt;  // its file system has no locks
}

std::string status_text(const Json& run, std::optional<bool> alive) {
  const std::string status = text_at(run, "status");
  if (status != "running" || alive == true) return status;
  return alive.has_value() ? "interrupted (killed)" : "running, unless it was killed";
}

using Figures = std::vector<std::pair<std::string, double>>;  // "val/loss" and its value

Figures figures_of(const Json& run) {
  Figures figures;
  for (const auto& [key, value] : run.items()) {
    if (value.is_number()) figures.emplace_back(key, value.get<double>());
  }
  return figures;
}

/// The last line of metrics.csv that is complete; empty where there is none.
Figures last_epoch(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path / "metrics.csv", ignored)) return {};
  const std::vector<std::string> lines = split(read_text_file(path / "metrics.csv"), '\n');
  if (lines.size() < 3) return {};
  const std::vector<std::string> names = split(lines.front(), ','), values = split(lines[lines.size() - 2], ',');
  Figures figures;
  for (std::size_t i = 0; i < std::min(names.size(), values.size()); ++i) {
    double value = 0;
    const char* const end = values[i].data() + values[i].size();
    const auto [rest, error] = std::from_chars(values[i].data(), end, value);
    if (error == std::errc() && rest == end) figures.emplace_back(names[i], value);
  }
  return figures;
}

std::string line(std::string_view name, const std::string& text) {
  return text.empty() ? "" : fmt::format("{:<12}{}\n", name, text);
}

/// "val         loss 0.1234  accuracy 97.00 %" for each part of the data.
std::string text_about(const Figures& figures) {
  std::string text;
  for (const Split split : {Split::train, Split::validation, Split::test}) {
    std::string values;
    for (const auto& [name, value] : figures) {
      const std::string part = to_string(split) + "/";
      if (!name.starts_with(part) || name == part + "rows") continue;
      const bool share = name.ends_with("accuracy");
      const std::string shown = share ? fmt::format("{:.2f} %", 100 * value) : fmt::format("{:.4f}", value);
      values += fmt::format("{}{} {}", values.empty() ? "" : "  ", printable(name.substr(part.size())), shown);
    }
    text += line(to_string(split), values);
  }
  return text;
}

std::string text_about(const Json& run, const std::filesystem::path& path) {
  const std::optional<bool> alive = is_alive(path, run);
  std::string text = line("status", status_text(run, alive));
  text += line("reason", text_at(run, "message"));
  text += line("started", text_at(run, "started")) + line("ended", text_at(run, "ended"));
  text += line("device", text_at(run, "device_description"));
  if (run.contains("data")) text += line("data", text_at(run["data"], "description"));
  if (text_at(run, "status") == "running") {
    const Figures figures = last_epoch(path);
    for (const auto& [name, value] : figures) {
      if (name == "epoch" || name == "steps") text += line(name, fmt::format("{:.0f}", value));
    }
    return text + text_about(figures);
  }
  for (const char* key : {"epochs", "steps", "seconds", "best_epoch"}) text += line(key, text_at(run, key));
  text += text_about(figures_of(run));
  std::string weights = text_at(run, "weights_hash");
  const std::string kept = text_at(run, "weights_epoch");
  if (!kept.empty() && kept != text_at(run, "epochs")) weights += fmt::format(" ({})", kept_text(kept));
  return text + line("weights", weights);
}

}  // namespace

int run_inspect(const Invocation& invocation) {
  const std::filesystem::path path = model_operand(invocation);
  const Json run = run_of(path);
  const std::filesystem::path file = find_model(path);
  std::optional<Model> model;  // a run that was killed early has none
  if (!file.empty()) model = Model::load(file);
  if (invocation.json) {
    Json json = {{"file", file.string()}, {"model", model ? describe(*model) : Json()}};
    if (!run.is_null()) {
      const std::optional<bool> alive = is_alive(path, run);
      json["alive"] = alive ? Json(*alive) : Json();
      json["run"] = run;
    }
    print("{}", line_of(json));
    return 0;
  }
  if (!run.is_null()) print("{}", text_about(run, path));
  if (!run.is_null())
    print("{:<12}{}\n\n", "file", file.empty() ? "none: the run has saved no model" : printable(file.string()));
  if (model) print("{}", text_about(*model));
  return 0;
}

}  // namespace minnow::cli
