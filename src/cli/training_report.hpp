// SPDX-License-Identifier: Apache-2.0
/// What a training run reports: run.json, the object of --json, and the lines for people.
#pragma once

#include <filesystem>
#include <string>

#include "src/cli/json.hpp"
#include "src/cli/settings.hpp"

namespace minnow::cli {

struct Run {
  RunResult result;
  EpochRecord kept;  ///< of the epoch whose weights the model holds, if it has figures
  Metrics test;
  std::string device;
  std::string weights_hash;
  std::filesystem::path folder;
  std::filesystem::path earlier;  ///< the folder of another run that has this one's name; empty: none
  Json json;                      ///< run.json
  Json summary;                   ///< the object of --json and of the event run_end
};

/// run.json before the first step: status "running" and all that it takes to repeat the run. Reads the data files once
/// more, for their checksums; throws DataError where one has gone.
Run describe_run(const Invocation& invocation, const Settings& settings, const DataSplits& data, const Model& model,
                 const Trainer& trainer);

/// Fills in the outcome, once `result` and `test` are known.
void finish_run(Run& run, const Model& model);

/// The outcome of a run of which something failed.
void fail_run(Run& run, const std::string& message);

std::string summary_text(const Run& run);

}  // namespace minnow::cli
