// SPDX-License-Identifier: Apache-2.0
/// runs/<name>[-N]/: what a run was told, what it did and what came out.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "src/cli/failures.hpp"
#include "src/cli/json.hpp"
#include "src/cli/run_folder.hpp"

namespace minnow::cli {

/// The files of a run. What cannot be written is noted in the failures, under the file's name, and the run goes on;
/// lines and texts wait here and are tried again with the next ones.
class RunDirectory {
 public:
  /// A folder that has no name yet. Throws DataError.
  RunDirectory(const std::filesystem::path& parent, Failures& failures) : folder_(parent), failures_(failures) {}

  const std::filesystem::path& path() const { return folder_.path(); }
  bool locked() const { return folder_.locked(); }
  /// Gives the folder its name, as RunFolder does.
  void appear(const std::string& name, bool overwrite) { folder_.appear(name, overwrite); }

  void write_config(const std::string& text) { write("config.toml", text); }
  void write_run(const Json& run) { write("run.json", text_of(run)); }
  /// Likewise, also on a full disk, which has room for a new file where the old one was.
  void write_last_run(const Json& run);
  /// Adds one line to metrics.jsonl; `fields` follow the event's name and time.
  void event(const std::string& name, const Json& fields);
  /// The event, and a line of metrics.csv. The first one decides which columns there are.
  void epoch(const EpochRecord& record);
  /// Tries once more what waits.
  void write_waiting();

  bool save_model(const Model& model);
  /// checkpoints/<name>.safetensors; false where that failed: the caller has the weights to try again.
  bool save_checkpoint(const Model& model, const std::string& name);
  bool remove_checkpoint(const std::string& name);
  /// It need not be there any more: that it could not be written is no failure.
  void forget_checkpoint(const std::string& name);

 private:
  void write(const std::string& file, std::string text);
  void append(const std::string& file, const std::string& text);
  bool try_whole(const std::string& file);
  void try_growing(const std::string& file);

  RunFolder folder_;
  Failures& failures_;
  std::vector<Monitor> columns_;                ///< of metrics.csv, between steps and lr
  std::map<std::string, std::string> whole_;    ///< texts of files that wait to be written
  std::map<std::string, std::string> growing_;  ///< lines that wait to be added
};

}  // namespace minnow::cli
