// SPDX-License-Identifier: Apache-2.0
/// How a training run looks on standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "minnow/trainer.hpp"
#include "src/cli/console.hpp"

namespace minnow::cli {

/// A bar on a terminal, a line per epoch everywhere, nothing if quiet.
class Progress {
 public:
  Progress(const Training& training, bool quiet);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Whether step() shows anything.
  bool has_bar() const { return !quiet_ && terminal_.interactive; }
  void step(int epoch, std::uint64_t step, std::uint64_t steps_per_epoch, double loss);
  void epoch(const EpochRecord& record);
  /// Removes the bar.
  void clear();

 private:
  int epochs_;
  std::uint64_t max_steps_;
  double time_limit_;
  bool quiet_;
  Terminal terminal_;
  std::chrono::steady_clock::time_point begin_;
  std::size_t shown_ = 0;  ///< columns that the bar takes now
};

}  // namespace minnow::cli
