// SPDX-License-Identifier: Apache-2.0
#include "src/train/hyperparameters.hpp"

#include <algorithm>
#include <string>

#include "minnow/error.hpp"

namespace minnow {

int batch_of(const Training& training, int rows) {
  constexpr int usual = 64;
  return training.batch == 0 ? std::min(usual, rows) : training.batch;
}

Hyperparameters hyperparameters(const Training& training, std::size_t m) {
  if (training.models.empty()) return {training.optimizer, training.schedule, training.early_stopping};
  if (m < training.models.size()) return training.models[m];
  throw UsageError("model " + std::to_string(m) + " of a training with hyperparameters for " +
                   std::to_string(training.models.size()) + " models");
}

}  // namespace minnow

namespace minnow::engine {

std::vector<Hyperparameters> all_hyperparameters(const Training& training) {
  return training.models.empty() ? std::vector{hyperparameters(training, 0)} : training.models;
}

}  // namespace minnow::engine
