// SPDX-License-Identifier: Apache-2.0
/// Which epoch is the best one so far, and when to stop.
#pragma once

#include <algorithm>
#include <string>

#include "minnow/config.hpp"

namespace minnow::engine {

class StoppingRule {
 public:
  explicit StoppingRule(const EarlyStopping& options) : options_(options) {}

  /// Takes the monitored figure of epoch `epoch` (from 1); true if it is the best so far. The first epoch counts like
  /// any other, unless start_from_epoch says otherwise. A figure that is not finite is no improvement.
  bool observe(int epoch, double figure);
  /// The last `patience` epochs brought no improvement.
  bool should_stop() const {
    return options_.patience > 0 && epoch_ - std::max(best_epoch_, options_.start_from_epoch) >= options_.patience;
  }
  int best_epoch() const { return best_epoch_; }  ///< 0: none
  /// "val/loss has not improved since epoch 3 (0.25)", or that there never was such a number
  std::string reason() const;

 private:
  EarlyStopping options_;
  int epoch_ = 0;
  int best_epoch_ = 0;
  double best_ = 0;  ///< of best_epoch_
};

}  // namespace minnow::engine
