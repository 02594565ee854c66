// SPDX-License-Identifier: Apache-2.0
#include "src/cli/data_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "src/cli/config_file.hpp"
#include "src/cli/console.hpp"
#include "src/cli/run_folder.hpp"

namespace minnow::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view fingerprint_key = "data.train_fingerprint";

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

/// One spelling, and nothing left to the working folder or the environment.
void spell_out(DataSource& source) {
  for (const char* name : {"mnist", "digits", "blobs"}) {
    if (same_word(source.dataset, name)) source.dataset = name;
  }
  const bool generated = source.dataset == "digits" || source.dataset == "blobs";
  if (source.dataset == "mnist") {
    source.directory = full_path(data_folder(source).path);
  } else if (!generated && is_folder(source.dataset)) {
    source.dataset = full_path(source.dataset);
  }
  check_text("data.dataset = " + source.dataset, source.dataset);
  check_text("data.dir = " + source.directory.string(), source.directory.string());
}

DataSplits load(DataSource& source, bool allow_substitute) {
  DataSplits data = load_data(source, allow_substitute);
  if (data.substituted) {
    source.dataset = "digits";
    // Not a matter of --quiet: whoever expects MNIST must not take these figures for it.
    write_message("note", data.description);
  }
  spell_out(source);
  return data;
}

std::string metadata_of(const Model& model, std::string_view key) {
  for (const auto& [name, value] : model.metadata) {
    if (name == key) return value;
  }
  return {};
}

/// The settings that a model file keeps: no folder, which another machine does not have.
bool is_kept(std::string_view key) {
  return (key.starts_with("data.") && key != "data.dir") || key.starts_with("loss.");
}

/// The last part of a folder's path; another name as it is.
std::string short_name(const std::string& dataset) {
  return fs::path(dataset).filename().string();
}

/// Whether data were named that are not the model's own.
bool names_other_data(const Invocation& invocation, const Model& model) {
  if (invocation.source_of("data.dataset") == nullptr) return false;
  DataSource given = invocation.settings.data;
  spell_out(given);
  return short_name(given.dataset) != short_name(metadata_of(model, "data.dataset"));
}

/// Where the run that the file lies in found its data, if it is still there; the model file does not say.
void look_into_run(DataSource& source, const Invocation& invocation, const fs::path& file) {
  fs::path run = file.parent_path();
  if (run.filename() == "checkpoints") run = run.parent_path();
  std::error_code ignored;
  if (!fs::exists(run / "run.json", ignored)) return;
  Invocation trained;
  try {
    read_config(trained, run / "config.toml");
  } catch (const Error&) {
    return;  // the model alone says what it was trained on
  }
  const DataSource& kept = trained.settings.data;
  if (short_name(kept.dataset) != short_name(source.dataset)) return;
  const bool named = invocation.source_of("data.dataset") != nullptr;
  if (!named && is_folder(kept.dataset)) source.dataset = kept.dataset;
  if (invocation.source_of("data.dir") == nullptr && is_folder(kept.directory)) source.directory = kept.directory;
}

Settings settings_for(const Model& model, const fs::path& file, const Invocation& invocation) {
  Invocation completed = invocation;
  const bool other_data = names_other_data(invocation, model);
  for (const auto& option : options()) {
    const std::string kept = is_kept(option.key) ? metadata_of(model, option.key) : "";
    const bool void_here = option.key.starts_with("data.") && other_data;
    const bool unread = !option.means_something(completed);
    if (kept.empty() || void_here || unread || invocation.source_of(option.key) != nullptr) continue;
    const std::string flag =
        option.flag.empty() ? fmt::format("--set {}", option.key) : fmt::format("--{}", option.flag);
    try {
      set_from_text(completed, option, kept,
                    fmt::format("{}: the model names {} = {}", file.string(), option.key, kept));
    } catch (const UsageError& error) {
      throw ModelError(fmt::format("{}; pass {}", error.what(), flag));
    }
  }
  if (!other_data) look_into_run(completed.settings.data, invocation, file);
  return completed.settings;
}

/// Splits are cut from one file: with other training rows, the other parts may hold rows that the model has seen.
void compare_training_rows(const Model& model, const Dataset& train) {
  const std::string kept = metadata_of(model, fingerprint_key), found = hex(train.fingerprint());
  if (kept.empty() || kept == found) return;
  write_message("warning",
                fmt::format("the training rows are not those of the model (fingerprint {}, the model's {}), so "
                            "it may have been trained on rows of any part; data.* settings decide about them",
                            found, kept));
}

}  // namespace

std::string full_path(const fs::path& path) {
  std::error_code error;
  const fs::path full = fs::canonical(path, error);
  return error ? path.string() : full.string();
}

DataSplits load_splits(const Invocation& invocation, Settings& settings) {
  try {
    return load(settings.data, invocation.source_of("data.dataset") == nullptr);
  } catch (const UsageError& error) {  // the name, or the number of validation rows
    const std::string message = error.what();
    throw UsageError(invocation.place_of(message.starts_with("validation") ? "data.validation" : "data.dataset") +
                     message);
  }
}

void warn_of_missing_classes(const DataSplits& data) {
  for (const Split split : {Split::validation, Split::test}) {
    const std::vector<int> missing = missing_classes(data.train, part_of(data, split));
    if (missing.empty()) continue;
    constexpr std::size_t most = 20;
    const std::span<const int> named = std::span(missing).first(std::min(most, missing.size()));
    write_message(
        "warning",
        fmt::format(
            "the training rows have none of class{} {}{}, but the {} rows do: what was never seen cannot be told{}",
            missing.size() > 1 ? "es" : "", fmt::join(named, ", "), missing.size() > most ? ", ..." : "",
            to_string(split), split == Split::validation ? "; are the rows sorted? (data.sampling)" : ""));
  }
}

std::vector<std::pair<std::string, std::string>> training_metadata(const Settings& settings, const Dataset& train) {
  Invocation invocation;
  invocation.settings = settings;
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& option : options()) {
    const bool kept = is_kept(option.key) && option.means_something(invocation);
    std::string value = kept ? plain_text(option.read(invocation)) : "";
    if (option.key == "data.dataset") value = short_name(value);
    if (!value.empty()) pairs.emplace_back(option.key, value);
  }
  pairs.emplace_back(fingerprint_key, hex(train.fingerprint()));
  pairs.emplace_back("minnow_version", build_info().version);
  return pairs;
}

fs::path model_operand(const Invocation& invocation) {
  if (!invocation.positional.empty()) return invocation.positional.front();
  const fs::path run = latest_run(invocation.settings.output_directory);
  const Log log(invocation.quiet);
  log("model   {}", run.string());
  return run;
}

ModelAndData load_model_and_data(const Invocation& invocation) {
  const fs::path path = model_operand(invocation);
  const fs::path file = find_model(path);
  std::error_code ignored;
  if (file.empty() && fs::exists(path / "run.json", ignored)) {
    throw DataError(fmt::format("{}: the run has saved no model; name a model file or another run", path.string()));
  }
  if (file.empty()) {
    throw DataError(
        fmt::format("{}: is not a run directory: it holds no model.safetensors; name a model file or the "
                    "folder of one run",
                    path.string()));
  }
  if (file.filename() == "last.safetensors" && file != path) {
    write_message("note", fmt::format("{} holds no model.safetensors; this is {}", path.string(), file.string()));
  }
  ModelAndData result = {path, Model::load(file), {}, {}};
  const Model& model = result.model;
  result.settings = settings_for(model, file, invocation);
  DataSource& source = result.settings.data;
  const bool named_by_model =
      invocation.source_of("data.dataset") == nullptr && !metadata_of(model, "data.dataset").empty();
  try {
    result.data = load(source, !named_by_model && invocation.source_of("data.dataset") == nullptr);
  } catch (const Error& error) {
    if (!named_by_model) throw;
    const std::string message =
        fmt::format("{}: {}; the model names data.dataset = {}; pass --dataset or --data for another one",
                    file.string(), error.what(), source.dataset);
    if (error.category() == ErrorCategory::usage) throw ModelError(message);
    throw Error(error.category(), message);
  }
  if (!names_other_data(invocation, model)) compare_training_rows(model, result.data.train);
  return result;
}

void blame(const Error& error, const Invocation& invocation, const fs::path& model) {
  const bool own = std::ranges::any_of(invocation.sources, [](const Source& s) { return s.key.starts_with("loss."); });
  if (error.category() == ErrorCategory::usage && own) throw UsageError(error.what());
  throw ModelError(fmt::format("{}: {}", find_model(model).string(), error.what()));
}

const Dataset& part_of(const DataSplits& data, Split split) {
  switch (split) {
    case Split::train:
      return data.train;
    case Split::validation:
      return data.validation;
    case Split::test:
      return data.test;
  }
  return data.test;
}

const Dataset& filled_part_of(const DataSplits& data, Split split) {
  const Dataset& part = part_of(data, split);
  if (part.rows() > 0) return part;
  throw UsageError(fmt::format("--split {}: there are no rows of it in {}", to_string(split), data.description));
}

fs::path find_model(const fs::path& path) {
  if (!is_folder(path)) return path;
  for (const char* file : {"model.safetensors", "checkpoints/last.safetensors"}) {
    std::error_code ignored;
    if (fs::exists(path / file, ignored)) return path / file;
  }
  return {};
}

void check_fit(const Model& model, const Dataset& data) {
  const char* remedy = "name the data it was trained on (--dataset, --data)";
  if (model.inputs() != data.features()) {
    throw ModelError(fmt::format("the model reads {} features, but {} has {}; {}", model.inputs(), data.name(),
                                 data.features(), remedy));
  }
  const bool binary = data.classes() == 2 && model.outputs() == 1;
  if (data.classes() > model.outputs() && !binary) {
    throw ModelError(fmt::format("the model tells {} classes apart, but {} has {}; {}", model.outputs(), data.name(),
                                 data.classes(), remedy));
  }
}

}  // namespace minnow::cli
