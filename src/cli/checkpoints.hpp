// SPDX-License-Identifier: Apache-2.0
/// checkpoints/ of a run that goes on: whatever ends it costs about a second of training, not all of it.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "src/cli/run_directory.hpp"

namespace minnow::cli {

class Checkpoints {
 public:
  /// `model` is the one that is trained; it holds the epoch's weights whenever epoch_ended is called. Of the `top` best
  /// epochs by `monitor`, each has a file of its own.
  Checkpoints(const RunDirectory& directory, const Model& model, int top, Monitor monitor)
      : directory_(directory), model_(model), top_(static_cast<std::size_t>(top)), monitor_(monitor) {}

  /// Writes last, and best if there is a new one, unless that was done within the last second, or within 20 times as
  /// long as it took: it then waits for a later epoch. An epoch among the top ones is written at once, as epoch-<n>,
  /// and the one whose place it takes removed.
  void epoch_ended(const EpochRecord& record);
  /// Writes what still waits. `last`: the last epoch's weights; empty: the model holds them.
  void finish(std::span<const float> last);

 private:
  using Clock = std::chrono::steady_clock;

  /// An epoch and its figure, such that the smaller is the better.
  struct Ranked {
    double figure;
    int epoch;
  };

  void rank(const EpochRecord& record);
  void write(std::span<const float> last);
  void save(std::span<const float> weights, const std::string& name) const;

  const RunDirectory& directory_;
  const Model& model_;
  std::size_t top_;
  Monitor monitor_;
  std::vector<Ranked> ranking_;  ///< the best first
  std::vector<float> best_;      ///< waits to be written
  bool last_waits_ = false;
  Clock::time_point next_;
};

}  // namespace minnow::cli
