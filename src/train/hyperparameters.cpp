// SPDX-License-Identifier: Apache-2.0
#include "src/train/hyperparameters.hpp"

namespace minnow {

Hyperparameters hyperparameters(const Training& training, std::size_t m) {
  if (training.models.empty()) return {training.optimizer, training.schedule, training.early_stopping};
  return training.models.at(m);
}

}  // namespace minnow

namespace minnow::engine {

std::vector<Hyperparameters> all_hyperparameters(const Training& training) {
  return training.models.empty() ? std::vector{hyperparameters(training, 0)} : training.models;
}

}  // namespace minnow::engine
