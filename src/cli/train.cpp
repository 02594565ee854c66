// SPDX-License-Identifier: Apache-2.0
/// minnow train
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>

#include "src/cli/commands.hpp"
#include "src/cli/config_file.hpp"
#include "src/cli/console.hpp"
#include "src/cli/data_source.hpp"
#include "src/cli/interrupt.hpp"
#include "src/cli/progress.hpp"
#include "src/cli/run_directory.hpp"
#include "src/cli/text.hpp"
#include "src/cli/training_report.hpp"

namespace minnow::cli {
namespace {

/// "mnist", or the last part of a folder's path.
std::string run_name(const Settings& settings) {
  if (!settings.run_name.empty()) return settings.run_name;
  const std::filesystem::path path = std::filesystem::path(settings.data.dataset).lexically_normal();
  const std::string name = (path.has_filename() ? path : path.parent_path()).filename().string();
  return name.empty() || name == "." || name == ".." ? "run" : name;
}

void check_batch(const Settings& settings, const Dataset& train) {
  if (settings.training.batch <= train.rows()) return;
  throw UsageError(fmt::format("train.batch = {} is more than the {} training rows of {}", settings.training.batch,
                               train.rows(), train.name()));
}

Model make_model(const Settings& settings, const Dataset& train) {
  const int outputs = train.classes() > 0 ? train.classes() : train.target_count();
  Model model(network_of(settings, train.features(), outputs), settings.seed);
  if (model.outputs() != outputs) {
    throw UsageError(fmt::format("the last layer has {} outputs, but {} has {} {}", model.outputs(), train.name(),
                                 outputs, train.classes() > 0 ? "classes" : "target values"));
  }
  if (train.is_bytes()) model.preprocessing = {train.scale(), train.shift()};
  model.metadata = {{"dataset", settings.data.dataset},
                    {"loss", to_string(settings.training.loss)},
                    {"minnow_version", build_info().version}};
  return model;
}

/// Weights, gradients and optimizer state, in floats per parameter.
int floats_per_parameter(const Optimizer& optimizer) {
  switch (optimizer.kind) {
    case OptimizerKind::sgd:
      return 2 + (optimizer.momentum > 0 ? 1 : 0);
    case OptimizerKind::rmsprop:
      return 3 + (optimizer.momentum > 0 ? 1 : 0);
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
      return 4;
  }
  return 2;
}

int show_plan(const Settings& settings, const DataSplits& data, const Model& model, bool json) {
  const std::size_t state = model.parameter_count() * sizeof(float) *
                            static_cast<std::size_t>(floats_per_parameter(settings.training.optimizer));
  const std::size_t dataset = data.train.memory() + data.validation.memory() + data.test.memory();
  if (json) {
    print("{}", line_of({{"status", "dry_run"},
                         {"parameters", model.parameter_count()},
                         {"state_bytes", state},
                         {"dataset_bytes", dataset},
                         {"train", to_json(data.train)},
                         {"val", to_json(data.validation)},
                         {"test", to_json(data.test)},
                         {"config", render_config(settings)}}));
    return 0;
  }
  print("# data: {}\n# memory: dataset {}, weights, gradients and optimizer state {}\n", data.description,
        bytes_text(static_cast<double>(dataset)), bytes_text(static_cast<double>(state)));
  for (const std::string& line : split(trim(model.summary()), '\n')) print("# {}\n", line);
  print("\n{}", render_config(settings));
  return 0;
}

TrainingCallbacks make_callbacks(Progress& progress, RunDirectory& directory) {
  TrainingCallbacks callbacks;
  callbacks.progress = [&](int epoch, std::uint64_t step, std::uint64_t steps) { progress.step(epoch, step, steps); };
  callbacks.stop_requested = [] { return noted_signal() != 0; };
  callbacks.epoch_end = [&](std::span<const EpochRecord> records) {
    progress.epoch(records.front());
    directory.event("epoch", to_json(records.front()));
    return true;
  };
  return callbacks;
}

void save_weights(const RunDirectory& directory, const Model& model, const RunResult& result) {
  directory.save_model(model);
  // Restored weights are those of an earlier epoch, and a diverged run's last ones are no good.
  const bool restored = result.best_epoch != static_cast<int>(result.history.size()) &&
                        std::ranges::equal(model.parameters(), result.best_weights);
  if (!restored && result.status != RunStatus::diverged) directory.save_checkpoint(model, "last");
  if (result.best_weights.empty()) return;
  Model best(model.network(), model.seed());
  std::ranges::copy(result.best_weights, best.parameters().begin());
  best.preprocessing = model.preprocessing;
  best.metadata = model.metadata;
  directory.save_checkpoint(best, "best");
}

/// Trains and writes everything that a run leaves behind.
Run train_and_save(const Invocation& invocation, const Settings& settings, const DataSplits& data, Model& model,
                   Trainer& trainer, RunDirectory& directory) {
  Run run = describe_run(invocation, settings, data, model, trainer, directory);
  directory.write_run(run.json);
  directory.event("run_start", {{"device", run.device}, {"seed", settings.seed}, {"dataset", settings.data.dataset}});
  try {
    const InterruptGuard guard;
    Progress progress(settings.training.epochs, invocation.quiet);
    run.result = trainer.fit(model, data.train, data.validation, make_callbacks(progress, directory));
    progress.clear();
    save_weights(directory, model, run.result);
    directory.write_csv(run.result.history);
    const bool evaluated = run.result.status == RunStatus::completed || run.result.status == RunStatus::early_stopped;
    if (evaluated && data.test.rows() > 0) {
      run.test = evaluate(model, data.test, settings.training.loss, settings.runtime);
      directory.event("eval", {{"test/loss", run.test.loss}, {"test/accuracy", run.test.accuracy}});
    }
    finish_run(run, model);
  } catch (const std::exception& error) {
    run.json["status"] = "failed";
    run.json["message"] = error.what();
    directory.write_run(run.json);
    throw;
  }
  if (run.result.status == RunStatus::early_stopped) {
    directory.event("early_stop", {{"epoch", run.result.history.size()}, {"message", run.result.message}});
  }
  directory.event("run_end", run.summary);
  directory.write_run(run.json);
  return run;
}

}  // namespace

int run_train(const Invocation& invocation) {
  const Log log(invocation.quiet);
  Settings settings = invocation.settings;
  const DataSplits data = load_splits(invocation, settings);
  check_batch(settings, data.train);
  Model model = make_model(settings, data.train);
  if (invocation.dry_run) return show_plan(settings, data, model, invocation.json);

  Trainer trainer(settings.training, settings.runtime);
  log("data    {}", data.description);
  log("model   {} parameters", with_commas(model.parameter_count()));
  log("device  {} ({})", trainer.device(), trainer.device_description());
  RunDirectory directory(settings.output_directory, run_name(settings), render_config(settings));
  log("run     {}", directory.path().string());
  const Run run = train_and_save(invocation, settings, data, model, trainer, directory);

  print("{}", invocation.json ? line_of(run.summary) : summary_text(run));
  if (run.result.status == RunStatus::diverged) {
    throw DivergedError(fmt::format("{}; the last good weights are in {}; try a lower learning rate (--lr)",
                                    run.result.message, (directory.path() / "model.safetensors").string()));
  }
  return run.result.status == RunStatus::interrupted ? signal_exit_code() : 0;
}

}  // namespace minnow::cli
