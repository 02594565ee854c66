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

/// The figures of an epoch that was interrupted are those of some of its rows, and no validation.
bool has_figures(const RunResult& result, const EpochRecord& record) {
  return result.status != RunStatus::interrupted || !record.partial;
}

/// "3 epochs", "1 epoch (in part)"
std::string epochs_text(const std::vector<EpochRecord>& history) {
  const std::string text = fmt::format("{} epoch{}", history.size(), history.size() == 1 ? "" : "s");
  if (history.empty() || !history.back().partial) return text;
  return text + (history.size() == 1 ? " (in part)" : " (the last in part)");
}

/// Behind the hash of weights that are not the last epoch's.
std::string weights_note(const RunResult& result) {
  if (result.weights_epoch == static_cast<int>(result.history.size())) return {};
  return fmt::format(" ({})", kept_text(std::to_string(result.weights_epoch)));
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
  const EpochRecord* const kept = record_of_weights(result);
  if (kept != nullptr && has_figures(result, *kept)) run.kept = *kept;
  run.weights_hash = hex(model.weights_hash());
  Json outcome = {{"status", to_string(result.status)},
                  {"device", run.device},
                  {"seed", run.summary["seed"]},
                  {"epochs", result.history.size()},
                  {"steps", result.steps},
                  {"seconds", result.seconds},
                  {"throughput/samples_per_s", result.samples_per_second},
                  {"weights_hash", run.weights_hash},
                  {"weights_epoch", result.weights_epoch},
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
      fmt::format("{:<12}{}, {}, {} steps in {} on {} ({} samples/s)\n", "status", to_string(result.status),
                  epochs_text(result.history), with_commas(result.steps), seconds_text(result.seconds), run.device,
                  with_commas(static_cast<std::uint64_t>(std::max(result.samples_per_second, 0.0))));
  if (!result.message.empty()) text += fmt::format("{:<12}{}\n", "reason", result.message);
  text += metrics_line(Split::train, run.kept.train);
  text += metrics_line(Split::validation, run.kept.validation);
  text += metrics_line(Split::test, run.test);
  text += fmt::format("{:<12}{}{}\n", "weights", run.weights_hash, weights_note(result));
  text += fmt::format("{:<12}{}", "run", printable(run.folder.string()));
  if (!run.earlier.empty()) {
    text += fmt::format(" ({} is an earlier run; --overwrite replaces it)", printable(run.earlier.string()));
  }
  text += '\n';
  return text;
}

}  // namespace minnow::cli
