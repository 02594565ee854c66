// SPDX-License-Identifier: Apache-2.0
/// runs/<name>[-N]/: what a run was told, what it did and what came out.
#pragma once

#include <filesystem>
#include <string>

#include "src/cli/json.hpp"

namespace minnow::cli {

class RunDirectory {
 public:
  /// Creates parent/name, or the first of parent/name-2, parent/name-3, ... that is not there, and writes config.toml.
  /// The folder is claimed in one step, so two runs never share one. Throws DataError.
  RunDirectory(const std::filesystem::path& parent, const std::string& name, const std::string& config);

  const std::filesystem::path& path() const { return path_; }
  /// Adds one line to metrics.jsonl; `fields` follow the event's name and time.
  void event(const std::string& name, const Json& fields) const;
  /// The event, and a line of metrics.csv. The first one decides which columns there are.
  void epoch(const EpochRecord& record);
  void write_run(const Json& run) const;
  /// Likewise, also on a full disk, which has room for a new file where the old one was.
  void write_last_run(const Json& run) const;
  void save_model(const Model& model) const;
  /// checkpoints/<name>.safetensors
  void save_checkpoint(const Model& model, const std::string& name) const;
  void remove_checkpoint(const std::string& name) const;

 private:
  std::filesystem::path path_;
  std::vector<Monitor> columns_;  ///< of metrics.csv, between steps and lr
};

}  // namespace minnow::cli
