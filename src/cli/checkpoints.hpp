// SPDX-License-Identifier: Apache-2.0
/// checkpoints/ of a run that goes on: whatever ends it costs about a second of training, not all of it.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "src/cli/run_directory.hpp"

namespace minnow::cli {

/// What cannot be written waits with its weights, and is tried again at the next epoch's end and at the end of the run.
class Checkpoints {
 public:
  /// `model` is the one that is trained; it holds the epoch's weights whenever epoch_ended is called. Of the `top` best
  /// epochs by `monitor`, each has a file of its own.
  Checkpoints(RunDirectory& directory, const Model& model, int top, Monitor monitor);

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
    bool saved;
    std::vector<float> weights;  ///< until it is saved
  };

  void rank(const EpochRecord& record);
  /// Writes and removes what could not be before. A disk that refuses one file is not asked about the others.
  void try_again();
  void write(std::span<const float> last);
  bool save(std::span<const float> weights, const std::string& name);

  RunDirectory& directory_;
  const Model& model_;
  std::size_t top_;
  Monitor monitor_;
  std::vector<Ranked> ranking_;   ///< the best first
  std::vector<int> superfluous_;  ///< epochs whose files are to be removed
  std::vector<float> best_;       ///< waits to be written
  bool last_waits_ = false;
  Clock::time_point next_;
};

}  // namespace minnow::cli
