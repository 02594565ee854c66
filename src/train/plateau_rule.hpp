// SPDX-License-Identifier: Apache-2.0
/// When reduce-on-plateau lowers one model's rate: torch.optim.lr_scheduler.ReduceLROnPlateau.
#pragma once

#include "minnow/config.hpp"

namespace minnow::engine {

class PlateauRule {
 public:
  explicit PlateauRule(const Schedule& schedule) : schedule_(schedule) {}

  /// Takes an epoch's monitored figure; one that is not finite is no improvement.
  void observe(double figure);
  /// The product of all reductions so far.
  float factor() const { return factor_; }

 private:
  bool improves(double figure) const;

  Schedule schedule_;
  bool any_ = false;
  double best_ = 0;     ///< the figure that has to be exceeded, once there is any
  int bad_epochs_ = 0;  ///< since the last improvement, reduction or cooldown
  int cooldown_ = 0;    ///< epochs of it left
  float factor_ = 1;
};

}  // namespace minnow::engine
