// SPDX-License-Identifier: Apache-2.0
#include "src/cli/training_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "src/cli/checksum.hpp"
#include "src/cli/data_source.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

/// The epoch whose weights the model holds, or null before the end of the first.
const EpochRecord* kept_epoch(const RunResult& result, const Model& model) {
  if (result.best_epoch > 0 && std::ranges::equal(model.parameters(), result.best_weights)) {
    return &result.history[static_cast<std::size_t>(result.best_epoch - 1)];
  }
  for (auto record = result.history.rbegin(); record != result.history.rend(); ++record) {
    if (std::isfinite(record->train.loss)) return &*record;
  }
  return nullptr;
}

std::string metrics_line(Split split, const Metrics& metrics) {
  if (metrics.rows == 0) return {};
  const std::string line = fmt::format("{:<12}loss {:.4f}", to_string(split), metrics.loss);
  return std::isnan(metrics.accuracy) ? line + '\n'
                                      : line + fmt::format("  accuracy {:.2f} %\n", 100 * metrics.accuracy);
}

Json checksums_of(const std::vector<std::filesystem::path>& files) {
  Json all = Json::array();
  for (const auto& path : files) {
    all.push_back({{"path", full_path(path)}, {"sha256", sha256_of_file(path)}});
  }
  return all;
}

}  // namespace

Run describe_run(const Invocation& invocation, const Settings& settings, const DataSplits& data, const Model& model,
                 const Trainer& trainer) {
  Run run;
  run.device = trainer.device();
  run.summary = {{"status", "running"}, {"device", run.device}, {"seed", settings.seed}};
  run.summary["dataset"] = settings.data.dataset;
  run.summary["substituted"] = data.substituted;
  run.summary["parameters"] = model.parameter_count();
  run.json = {{"status", "running"},
              {"started", utc_time()},
              {"command_line", invocation.arguments},
              {"build", to_json(build_info())},
              {"device", run.device},
              {"device_description", trainer.device_description()},
              {"numerics", to_string(settings.runtime.numerics)},
              {"threads", settings.runtime.threads},
              {"processors", std::thread::hardware_concurrency()},
              {"seed", settings.seed},
              {"data",
               {{"description", data.description},
                {"substituted", data.substituted},
                {"files", checksums_of(data.files)},
                {"train", to_json(data.train)},
                {"val", to_json(data.validation)},
                {"test", to_json(data.test)}}},
              {"parameters", model.parameter_count()},
              {"initial_weights_hash", hex(model.weights_hash())}};
  return run;
}

void finish_run(Run& run, const Model& model) {
  const RunResult& result = run.result;
  const EpochRecord* const kept = kept_epoch(result, model);
  if (kept != nullptr) run.kept = *kept;
  Json outcome = {{"status", to_string(result.status)},
                  {"device", run.device},
                  {"seed", run.summary["seed"]},
                  {"epochs", result.history.size()},
                  {"steps", result.steps},
                  {"seconds", result.seconds},
                  {"throughput/samples_per_s", result.samples_per_second},
                  {"weights_hash", hex(model.weights_hash())},
                  {"best_epoch", result.best_epoch},
                  {"message", result.message}};
  add_figures(outcome, Split::train, run.kept.train);
  add_figures(outcome, Split::validation, run.kept.validation);
  add_figures(outcome, Split::test, run.test);
  for (const auto& [key, value] : run.summary.items()) {
    if (!outcome.contains(key)) outcome[key] = value;
  }
  run.summary = outcome;

  run.json["ended"] = utc_time();
  for (const auto& [key, value] : outcome.items()) {
    if (key != "run_dir" && key != "substituted") run.json[key] = value;
  }
  Json hashes = Json::array();
  for (const EpochRecord& record : result.history) {
    if (record.weights_hash != 0) hashes.push_back(hex(record.weights_hash));
  }
  run.json["epoch_weights_hashes"] = hashes;
}

void fail_run(Run& run, const std::string& message) {
  for (Json* json : {&run.json, &run.summary}) {
    (*json)["status"] = "failed";
    (*json)["message"] = message;
  }
  run.json["ended"] = utc_time();
  run.json.erase("epoch_weights_hashes");  // of any length; metrics.jsonl has them too
}

std::string summary_text(const Run& run) {
  const RunResult& result = run.result;
  std::string text =
      fmt::format("{:<12}{}, {} epochs, {} steps in {} on {} ({} samples/s)\n", "status", to_string(result.status),
                  result.history.size(), with_commas(result.steps), seconds_text(result.seconds), run.device,
                  with_commas(static_cast<std::uint64_t>(std::max(result.samples_per_second, 0.0))));
  if (!result.message.empty()) text += fmt::format("{:<12}{}\n", "reason", result.message);
  text += metrics_line(Split::train, run.kept.train);
  text += metrics_line(Split::validation, run.kept.validation);
  text += metrics_line(Split::test, run.test);
  text += fmt::format("{:<12}{}\n", "weights", run.summary["weights_hash"].get<std::string>());
  text += fmt::format("{:<12}{}\n", "run", run.summary["run_dir"].get<std::string>());
  return text;
}

}  // namespace minnow::cli
