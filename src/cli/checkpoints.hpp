// SPDX-License-Identifier: Apache-2.0
/// checkpoints/ of a run that goes on: whatever ends it costs about a second of training, not all of it.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "src/cli/run_directory.hpp"

namespace minnow::cli {

class Checkpoints {
 public:
  /// `model` is the one that is trained; it holds the epoch's weights whenever epoch_ended is called.
  Checkpoints(const RunDirectory& directory, const Model& model) : directory_(directory), model_(model) {}

  /// Writes last, and best if there is a new one, unless that was done within the last second, or within 20 times as
  /// long as it took: it then waits for a later epoch.
  void epoch_ended(bool best);
  /// Writes what still waits. `last`: the last epoch's weights; empty: the model holds them.
  void finish(std::span<const float> last);

 private:
  using Clock = std::chrono::steady_clock;

  void write(std::span<const float> last);
  void save(std::span<const float> weights, const char* name) const;

  const RunDirectory& directory_;
  const Model& model_;
  std::vector<float> best_;  ///< waits to be written
  bool last_waits_ = false;
  Clock::time_point next_;
};

}  // namespace minnow::cli
