// SPDX-License-Identifier: Apache-2.0
#include "src/train/stopping_rule.hpp"

#include <cmath>

#include "src/model/number_text.hpp"

namespace minnow::engine {

bool StoppingRule::observe(int epoch, double figure) {
  if (epoch <= options_.start_from_epoch) return false;
  epoch_ = epoch;
  if (!std::isfinite(figure)) return false;
  const double gain = rises(options_.monitor.metric) ? figure - best_ : best_ - figure;
  if (best_epoch_ != 0 && !(gain > static_cast<double>(options_.minimum_change))) return false;
  best_ = figure;
  best_epoch_ = epoch;
  return true;
}

std::string StoppingRule::reason() const {
  if (best_epoch_ == 0) {
    return to_string(options_.monitor) + " has not been a finite number in any epoch" +
           (options_.start_from_epoch > 0 ? " after epoch " + std::to_string(options_.start_from_epoch) : "");
  }
  const bool any = options_.minimum_change == 0;
  return to_string(options_.monitor) + " has not improved " +
         (any ? std::string() : "by more than " + number_text(options_.minimum_change) + " ") + "since epoch " +
         std::to_string(best_epoch_) + " (" + number_text(best_) + ")";
}

}  // namespace minnow::engine
