// SPDX-License-Identifier: Apache-2.0
/// minnow train
#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <optional>
#include <span>

#include "src/cli/checkpoints.hpp"
#include "src/cli/commands.hpp"
#include "src/cli/config_file.hpp"
#include "src/cli/console.hpp"
#include "src/cli/data_source.hpp"
#include "src/cli/device.hpp"
#include "src/cli/failures.hpp"
#include "src/cli/initial_model.hpp"
#include "src/cli/interrupt.hpp"
#include "src/cli/limits.hpp"
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
  const bool usable = !name.empty() && name != "." && name != ".." && !is_reserved_name(name);
  return usable ? name : "run";
}

/// What the engine refuses is said with the place of the setting that is to blame: `key`, unless it names one.
template <class Action>
auto blaming(const Invocation& invocation, std::string_view key, Action&& action) {
  try {
    return action();
  } catch (const SettingError& error) {
    throw UsageError(invocation.place_of(error.setting()) + error.setting() + ": " + error.what());
  } catch (const UsageError& error) {
    throw UsageError(invocation.place_of(key) + error.what());
  }
}

void check_batch(const Invocation& invocation, const Dataset& train) {
  const int batch = batch_of(invocation.settings.training, train.rows());
  if (batch <= train.rows()) return;
  throw UsageError(fmt::format("{}train.batch = {} is more than the {} training rows of {}; lower it, or leave it out",
                               invocation.place_of("train.batch"), batch, train.rows(), train.name()));
}

Model make_model(const Invocation& invocation, const Settings& settings, const Dataset& train) {
  const std::string_view key = settings.layers.empty() ? "model.hidden" : "model.layer";
  const bool binary = train.classes() == 2 && settings.training.loss.kind != LossKind::cross_entropy;
  const int per_class = train.classes() > 0 ? train.classes() : train.target_count();
  Model model = blaming(invocation, key, [&] {
    return Model(network_of(settings, train.features(), outputs_for(settings, train)), settings.seed);
  });
  if (model.outputs() != per_class && !(binary && model.outputs() == 1)) {
    throw UsageError(fmt::format("{}the last layer has {} outputs, but {} has {} {}; give it as many units",
                                 invocation.place_of(key), model.outputs(), train.name(), per_class,
                                 train.classes() > 0 ? "classes" : "target values"));
  }
  if (train.is_bytes()) model.preprocessing = {train.scale(), train.shift()};
  model.metadata = training_metadata(settings, train);
  return model;
}

int show_plan(const Invocation& invocation, const Settings& settings, const DataSplits& data, const Model& model,
              std::size_t training_bytes) {
  const std::size_t dataset = data.train.memory() + data.validation.memory() + data.test.memory();
  // On the host: the model's, the best, and two on their way into checkpoints.
  const std::size_t weights = 4 * sizeof(float) * model.parameter_count();
  if (invocation.json) {
    print("{}", line_of({{"status", "dry_run"},
                         {"parameters", model.parameter_count()},
                         {"device", to_string(settings.runtime.device)},
                         {"training_bytes", training_bytes},
                         {"weights_bytes", weights},
                         {"dataset_bytes", dataset},
                         {"train", to_json(data.train)},
                         {"val", to_json(data.validation)},
                         {"test", to_json(data.test)},
                         {"config", render_config(settings)}}));
    return 0;
  }
  print("# data: {}\n# memory: {} on {} to train, {} for the dataset and {} for copies of the weights on the host\n",
        data.description, bytes_text(static_cast<double>(training_bytes)), to_string(settings.runtime.device),
        bytes_text(static_cast<double>(dataset)), bytes_text(static_cast<double>(weights)));
  for (const std::string& line : split(trim(model.summary()), '\n')) print("# {}\n", line);
  print("\n{}", render_config(settings));
  return 0;
}

/// Says where something begins to fail, and where nothing is missing any more.
void tell_change(bool was_fine, const Failures& failures) {
  if (was_fine && !failures.empty()) write_message("warning", failures.message() + "; the training goes on");
  if (!was_fine && failures.empty()) write_message("note", "what could not be written is written now");
}

/// Fills the folder with what is known before the first step, and lets it appear.
void open_folder(const Invocation& invocation, const Settings& settings, RunDirectory& directory, Run& run,
                 const Failures& failures) {
  const std::filesystem::path parent = settings.output_directory;
  const std::string name = run_name(settings);
  run.json["locked"] = directory.locked();
  directory.write_config(render_config(settings));
  directory.write_run(run.json);
  directory.event("run_start", {{"device", run.device}, {"seed", settings.seed}, {"dataset", settings.data.dataset}});
  directory.appear(name, invocation.overwrite);
  run.folder = directory.path();
  run.summary["run_dir"] = run.folder.string();
  if (run.folder.filename() != name) run.earlier = parent / name;
  try {
    link_latest(parent, run.folder);
  } catch (const DataError& error) {
    write_message("warning", error.what());
  }
  tell_change(true, failures);
}

TrainingCallbacks make_callbacks(Progress& progress, RunDirectory& directory, Checkpoints& checkpoints,
                                 Failures& failures) {
  TrainingCallbacks callbacks;
  callbacks.weights_each_epoch = true;
  if (progress.has_bar()) {
    callbacks.progress = [&](int epoch, std::uint64_t step, std::uint64_t steps, std::span<const double> losses) {
      progress.step(epoch, step, steps, losses.front());
    };
  }
  callbacks.stop_requested = [] { return noted_signal() != 0; };
  callbacks.epoch_end = [&](std::span<const EpochRecord> records) {
    const EpochRecord& record = records.front();
    progress.epoch(record);
    const bool was_fine = failures.empty();
    directory.write_waiting();
    directory.epoch(record);
    failures.attempt("checkpoints", [&] { checkpoints.epoch_ended(record); });
    tell_change(was_fine, failures);
    return true;
  };
  return callbacks;
}

void evaluate_on_test(Run& run, const Settings& settings, const Dataset& test, const Model& model,
                      RunDirectory& directory) {
  run.test = evaluate(model, test, settings.training.loss, settings.runtime);
  Json figures = Json::object();
  add_figures(figures, Split::test, run.test);
  directory.event("eval", figures);
}

/// Whatever fit has left, each part for itself.
void save_outcome(Run& run, const Settings& settings, const DataSplits& data, const Model& model,
                  RunDirectory& directory, Failures& failures) {
  bool saved = directory.save_model(model);
  const bool ended = run.result.status != RunStatus::interrupted && run.result.status != RunStatus::diverged;
  if (ended && data.test.rows() > 0) {
    failures.attempt("the test figures", [&] { evaluate_on_test(run, settings, data.test, model, directory); });
  }
  finish_run(run, model);
  if (run.result.status == RunStatus::early_stopped) {
    directory.event("early_stop", {{"epoch", run.result.history.size()}, {"message", run.result.message}});
  }
  saved = saved || directory.save_model(model);
  if (saved) return;
  const std::filesystem::path kept = directory.path() / "checkpoints";
  std::error_code error;
  const bool any = !std::filesystem::is_empty(kept, error) && !error;
  write_message("warning", "model.safetensors is not saved; " + (any ? "weights of this run are in " + kept.string()
                                                                     : "no weights of this run are kept"));
}

/// run_end and run.json, which say what is missing. Throws where that is anything.
void end_run(Run& run, RunDirectory& directory, Failures& failures) {
  std::exception_ptr error = failures.error();
  if (error != nullptr) fail_run(run, failures.message());
  directory.event("run_end", run.summary);
  if (error == nullptr && !failures.empty()) fail_run(run, failures.message());
  directory.write_last_run(run.json);
  if (!failures.empty()) error = failures.error();
  if (error != nullptr) std::rethrow_exception(error);
}

/// Trains and writes everything that a run leaves behind.
void train_and_save(const Invocation& invocation, const Settings& settings, const DataSplits& data, Model& model,
                    Trainer& trainer, Run& run) {
  const InterruptGuard guard;  // before there is a folder: from then on, a signal ends the run in good order
  Failures failures;
  RunDirectory directory(settings.output_directory, failures);
  open_folder(invocation, settings, directory, run, failures);
  const Log log(invocation.quiet);
  log("run     {}", run.folder.string());
  Progress progress(settings.training, invocation.quiet);
  Checkpoints checkpoints(directory, model, settings.top_checkpoints, settings.training.early_stopping.monitor);
  const bool trained = failures.attempt("the trained model", [&] {
    run.result =
        trainer.fit(model, data.train, data.validation, make_callbacks(progress, directory, checkpoints, failures));
  });
  progress.clear();
  failures.attempt("checkpoints", [&] { checkpoints.finish(run.result.last_weights); });
  directory.write_waiting();
  if (trained) save_outcome(run, settings, data, model, directory, failures);
  end_run(run, directory, failures);
}

}  // namespace

int run_train(const Invocation& invocation) {
  const Log log(invocation.quiet);
  Settings settings = invocation.settings;
  const std::vector<Limit> limits = parse_limits(invocation.fail_below, {Split::validation, Split::test, Split::train});
  settings.training.metrics = std::max(settings.training.metrics, scope_of(limits));
  const DataSplits data = load_splits(invocation, settings);
  warn_of_missing_classes(data);
  check_batch(invocation, data.train);
  settings.training.batch = batch_of(settings.training, data.train.rows());
  const std::optional<Model> initial = load_initial_model(invocation, settings);
  Model model = make_model(invocation, settings, data.train);
  if (initial) start_from(model, *initial, settings);
  settings.runtime = used_runtime(settings.runtime);
  Trainer trainer(settings.training, settings.runtime);
  const std::size_t bytes =
      blaming(invocation, "loss.type", [&] { return trainer.check(model, data.train, data.validation); });
  if (data.test.rows() > 0) {
    blaming(invocation, "loss.type", [&] { check_evaluate(model, data.test, settings.training.loss); });
  }
  check_known(limits, settings.training.loss, model.network(), data);
  if (invocation.dry_run) return show_plan(invocation, settings, data, model, bytes);

  log("data    {}", data.description);
  log("model   {} parameters", with_commas(model.parameter_count()));
  log("device  {} ({})", trainer.device(), trainer.device_description());
  Run run = describe_run(invocation, settings, data, model, trainer);
  train_and_save(invocation, settings, data, model, trainer, run);

  print("{}", invocation.json ? line_of(run.summary) : summary_text(run));
  if (run.result.status == RunStatus::diverged) {
    throw DivergedError(fmt::format("{}; the last good weights are in {}", run.result.message,
                                    (run.folder / "model.safetensors").string()));
  }
  if (run.result.status == RunStatus::interrupted) return signal_exit_code();
  check_limits(limits,
               {{Split::train, run.kept.train}, {Split::validation, run.kept.validation}, {Split::test, run.test}});
  return 0;
}

}  // namespace minnow::cli
