// SPDX-License-Identifier: Apache-2.0
#include "src/cli/run_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

namespace fs = std::filesystem;

std::string checkpoint_file(const std::string& name) {
  return "checkpoints/" + name + ".safetensors";
}

[[noreturn]] void fail(const fs::path& path, const char* action, const std::error_code& error) {
  throw DataError(fmt::format("{}: cannot be {}: {}", path.string(), action, error.message()));
}

}  // namespace

void RunDirectory::write(const std::string& file, std::string text) {
  whole_[file] = std::move(text);
  try_whole(file);
}

bool RunDirectory::try_whole(const std::string& file) {
  const bool written = failures_.attempt(file, [&] { write_text_file(path() / file, whole_.at(file)); });
  if (written) whole_.erase(file);
  return written;
}

void RunDirectory::append(const std::string& file, const std::string& text) {
  growing_[file] += text;
  try_growing(file);
}

void RunDirectory::try_growing(const std::string& file) {
  std::string& lines = growing_.at(file);
  if (!lines.empty() && failures_.attempt(file, [&] { append_text_file(path() / file, lines); })) lines.clear();
}

void RunDirectory::write_waiting() {
  std::vector<std::string> files;
  for (const auto& [file, text] : whole_) files.push_back(file);
  for (const std::string& file : files) try_whole(file);
  for (const auto& [file, lines] : growing_) try_growing(file);
}

void RunDirectory::write_last_run(const Json& run) {
  whole_["run.json"] = text_of(run);
  if (try_whole("run.json")) return;
  // The place of the first one may be all that a full disk has.
  if (failures_.attempt("run.json", [&] { overwrite_text_file(path() / "run.json", whole_.at("run.json")); })) {
    whole_.erase("run.json");
  }
}

void RunDirectory::event(const std::string& name, const Json& fields) {
  Json line = {{"event", name}, {"time", utc_time()}};
  line.update(fields);
  append("metrics.jsonl", line_of(line));
}

void RunDirectory::epoch(const EpochRecord& record) {
  event("epoch", to_json(record));
  const std::vector<Monitor> known = figures_of(record);
  std::string text;
  if (columns_.empty()) {
    columns_ = known;
    text = "epoch,steps,";
    for (const Monitor& column : columns_) text += to_string(column) + ",";
    text += "lr,seconds,throughput/samples_per_s,best,partial\n";
  }
  text += fmt::format("{},{},", record.epoch, record.steps);
  for (const Monitor& column : columns_) {
    const bool there = std::ranges::find(known, column) != known.end();
    text += there ? fmt::format("{},", unsigned_nan(figure_of(column, record))) : ",";
  }
  text += fmt::format("{},{},{},{},{}\n", tidy(record.learning_rate), record.seconds, samples_per_second(record),
                      record.best ? 1 : 0, record.partial ? 1 : 0);
  append("metrics.csv", text);
}

bool RunDirectory::save_model(const Model& model) {
  return failures_.attempt("model.safetensors", [&] { model.save(path() / "model.safetensors"); });
}

bool RunDirectory::save_checkpoint(const Model& model, const std::string& name) {
  return failures_.attempt(checkpoint_file(name), [&] {
    const fs::path folder = path() / "checkpoints";
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) fail(folder, "created", error);
    model.save(path() / checkpoint_file(name));
  });
}

bool RunDirectory::remove_checkpoint(const std::string& name) {
  return failures_.attempt("the removal of " + checkpoint_file(name), [&] {
    std::error_code error;
    fs::remove(path() / checkpoint_file(name), error);
    if (error) fail(path() / checkpoint_file(name), "removed", error);
  });
}

void RunDirectory::forget_checkpoint(const std::string& name) {
  failures_.forget(checkpoint_file(name));
}

}  // namespace minnow::cli
