// SPDX-License-Identifier: Apache-2.0
/// How a training run looks on standard error.
#pragma once

#include <cstdint>
#include <string>

#include "minnow/trainer.hpp"
#include "src/cli/console.hpp"

namespace minnow::cli {

/// A bar on a terminal, a line per epoch everywhere, nothing if quiet.
class Progress {
 public:
  Progress(int epochs, bool quiet) : epochs_(epochs), quiet_(quiet), terminal_(error_terminal()) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void step(int epoch, std::uint64_t step, std::uint64_t steps_per_epoch);
  void epoch(const EpochRecord& record);
  /// Removes the bar.
  void clear();

 private:
  int epochs_;
  bool quiet_;
  Terminal terminal_;
  std::size_t shown_ = 0;  ///< columns that the bar takes now
};

}  // namespace minnow::cli
