// SPDX-License-Identifier: Apache-2.0
#include "src/train/plateau_rule.hpp"

#include <cmath>

namespace minnow::engine {

bool PlateauRule::improves(double figure) const {
  if (!std::isfinite(figure)) return false;
  if (!any_) return true;
  const double threshold = static_cast<double>(schedule_.threshold);
  const double margin = schedule_.threshold_mode == ThresholdMode::absolute ? threshold : threshold * std::abs(best_);
  return rises(schedule_.monitor.metric) ? figure > best_ + margin : figure < best_ - margin;
}

void PlateauRule::observe(double figure) {
  ++bad_epochs_;
  if (improves(figure)) {
    any_ = true;
    best_ = figure;
    bad_epochs_ = 0;
  }
  if (cooldown_ > 0) {
    --cooldown_;
    bad_epochs_ = 0;
  }
  if (bad_epochs_ <= schedule_.patience) return;
  factor_ *= schedule_.gamma;
  cooldown_ = schedule_.cooldown;
  bad_epochs_ = 0;
}

}  // namespace minnow::engine
