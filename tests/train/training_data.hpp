// SPDX-License-Identifier: Apache-2.0
/// Small networks and datasets for the tests of training.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "kernels/math/philox.hpp"
#include "minnow/dataset.hpp"
#include "minnow/model.hpp"
#include "minnow/trainer.hpp"

namespace minnow::test {

/// Bytes around a center per class, far enough apart to be learned: `rows` x `features`.
inline Dataset byte_blobs(int rows, int features, int classes, std::uint64_t seed) {
  std::vector<std::uint8_t> values;
  std::vector<std::int32_t> labels;
  const auto draw = [&](std::uint32_t layer, std::uint64_t element) {
    return math::random_bits(seed, 6, layer, 0, element) >> 24;
  };
  for (int row = 0; row < rows; ++row) {
    const int label = row % classes;
    labels.push_back(label);
    for (int i = 0; i < features; ++i) {
      const std::uint32_t center = draw(1, static_cast<std::uint64_t>(label * features + i)) * 3 / 4;
      const std::uint32_t noise = draw(2, static_cast<std::uint64_t>(row) * features + i) / 4;
      values.push_back(static_cast<std::uint8_t>(center + noise));
    }
  }
  return Dataset::from_bytes("byte blobs", std::move(values), features, std::move(labels), classes);
}

/// Two features, two target values: y0 = x0 - x1, y1 = x0 * x1, x in [-1, 1).
inline Dataset small_regression(int rows, std::uint64_t seed) {
  std::vector<float> values, targets;
  for (int row = 0; row < rows; ++row) {
    const float a = math::to_uniform(math::random_bits(seed, 6, 0, 0, 2 * row), -1, 1);
    const float b = math::to_uniform(math::random_bits(seed, 6, 0, 0, 2 * row + 1), -1, 1);
    values.insert(values.end(), {a, b});
    targets.insert(targets.end(), {a - b, a * b});
  }
  return Dataset::for_regression("products", std::move(values), 2, std::move(targets), 2);
}

inline Network small_mlp(int inputs, int outputs, ActivationKind kind = ActivationKind::relu, float dropout = 0) {
  return make_mlp(inputs, {12, 7}, outputs, make_activation(kind), dropout);
}

inline Training small_training(int epochs, int batch, OptimizerKind kind = OptimizerKind::adam, float rate = 0.01f) {
  Training training;
  training.epochs = epochs;
  training.batch = batch;
  training.optimizer.kind = kind;
  training.optimizer.learning_rate = rate;
  return training;
}

/// Every rule with its options, clipping, decay of the weights alone, and one schedule after the other.
inline std::vector<Training> every_training(int epochs, int batch) {
  std::vector<Training> all;
  for (int kind = 0; kind < std::max(optimizer_count, schedule_count); ++kind) {
    const auto rule = static_cast<OptimizerKind>(kind % optimizer_count);
    Training training = small_training(epochs, batch);
    Optimizer& optimizer = training.optimizer = make_optimizer(rule);
    optimizer.momentum = reads(rule, OptimizerConstant::momentum) ? 0.5f : 0;
    optimizer.centered = reads(rule, OptimizerConstant::centered);
    optimizer.lr_decay = reads(rule, OptimizerConstant::lr_decay) ? 0.01f : 0;
    optimizer.initial_accumulator = reads(rule, OptimizerConstant::initial_accumulator) ? 0.1f : 0;
    optimizer.weight_decay = 0.01f;
    optimizer.decay_biases = false;
    optimizer.clip_norm = 0.5f;
    optimizer.clip_value = 0.25f;
    Schedule& schedule = training.schedule;
    schedule.kind = static_cast<ScheduleKind>(kind % schedule_count);
    schedule.warmup = 0.5f;
    schedule.milestones = {1, 2};
    schedule.amount = 1e-4f;
    schedule.patience = 0;
    all.push_back(training);
  }
  return all;
}

}  // namespace minnow::test
