// SPDX-License-Identifier: Apache-2.0
#include "src/cli/run_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::error_code& error) {
  throw DataError(fmt::format("{}: the run directory cannot be created: {}; choose another folder with --out",
                              path.string(), error.message()));
}

fs::path claim(const fs::path& parent, const std::string& name) {
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) fail(parent, error);
  for (int number = 1;; ++number) {
    const fs::path path = parent / (number == 1 ? name : fmt::format("{}-{}", name, number));
    const bool created = fs::create_directory(path, error);  // mkdir: false if it was there
    if (created) return path;
    std::error_code ignored;
    if (error && !fs::exists(path, ignored)) fail(path, error);
  }
}

}  // namespace

RunDirectory::RunDirectory(const fs::path& parent, const std::string& name, const std::string& config)
    : path_(claim(parent, name)) {
  write_text_file(path_ / "config.toml", config);
}

void RunDirectory::event(const std::string& name, const Json& fields) const {
  Json line = {{"event", name}, {"time", utc_time()}};
  line.update(fields);
  append_text_file(path_ / "metrics.jsonl", line_of(line));
}

void RunDirectory::epoch(const EpochRecord& record) {
  event("epoch", to_json(record));
  const std::vector<Monitor> known = figures_of(record), columns = columns_.empty() ? known : columns_;
  std::string text, figures;
  if (columns_.empty()) {
    for (const Monitor& column : columns) figures += to_string(column) + ",";
    text = "epoch,steps," + figures + "lr,seconds,throughput/samples_per_s,best\n";
    figures.clear();
  }
  for (const Monitor& column : columns) {
    const bool there = std::ranges::find(known, column) != known.end();
    figures += there ? fmt::format("{},", unsigned_nan(figure_of(column, record))) : ",";
  }
  text += fmt::format("{},{},{}{},{},{},{}\n", record.epoch, record.steps, figures, tidy(record.learning_rate),
                      record.seconds, samples_per_second(record), record.best ? 1 : 0);
  append_text_file(path_ / "metrics.csv", text);
  columns_ = columns;  // once the header stands in the file
}

void RunDirectory::write_run(const Json& run) const {
  write_text_file(path_ / "run.json", text_of(run));
}

void RunDirectory::write_last_run(const Json& run) const {
  try {
    write_run(run);
  } catch (const DataError&) {
    std::error_code ignored;
    fs::remove(path_ / "run.json", ignored);
    write_run(run);
  }
}

void RunDirectory::save_model(const Model& model) const {
  model.save(path_ / "model.safetensors");
}

void RunDirectory::save_checkpoint(const Model& model, const std::string& name) const {
  const fs::path folder = path_ / "checkpoints";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail(folder, error);
  model.save(folder / (name + ".safetensors"));
}

void RunDirectory::remove_checkpoint(const std::string& name) const {
  const fs::path file = path_ / "checkpoints" / (name + ".safetensors");
  std::error_code error;
  fs::remove(file, error);
  if (error) fail(file, error);
}

}  // namespace minnow::cli
