// SPDX-License-Identifier: Apache-2.0
/// Losses in whole trainings, on every backend.
#include <gtest/gtest.h>

#include <cmath>

#include "src/train/fit.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/recording_backend.hpp"
#include "tests/train/training_data.hpp"

namespace minnow::test {
namespace {

class LossTest : public BackendTest {
 protected:
  RunResult fit(Model& model, const Dataset& train, const Dataset& validation, const Training& training) {
    return engine::fit(backend(), training, std::span(&model, 1), train, validation, {}).front();
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, LossTest, testing::ValuesIn(backend_cases()), backend_case_name);

Dataset weighted_blobs(int rows) {
  Dataset data = byte_blobs(rows, 9, 3, 1);
  std::vector<float> weights;
  for (int row = 0; row < rows; ++row) weights.push_back(static_cast<float>(row % 4));
  data.set_weights(std::move(weights));
  return data;
}

Training training_with(Loss loss) {
  Training training = small_training(1, 8);
  training.loss = std::move(loss);
  training.optimizer.learning_rate = 1e-30f;  // the weights stay as they are
  return training;
}

std::vector<Loss> all_losses() {
  std::vector<Loss> losses = {{.label_smoothing = 0.1f, .class_weights = {0.5f, 2, 1}}};
  for (int k = 0; k < loss_count; ++k) losses.push_back({.kind = static_cast<LossKind>(k)});
  return losses;
}

/// 21 rows in batches of 8, 8 and 5: the epoch's loss is the weighted mean over rows, not over batches.
TEST_P(LossTest, TheEpochLossIsWeightedBySamples) {
  for (const Loss& loss : all_losses()) {
    const Dataset data = weighted_blobs(21);
    Model model(small_mlp(9, 3), 1);
    const RunResult result = fit(model, data, data, training_with(loss));
    double sum = 0, total = 0;
    for (std::uint32_t row = 0; row < 21; ++row) {
      if (data.weights()[row] == 0) continue;
      Dataset one = data.select(std::span(&row, 1));
      const double weight = static_cast<double>(data.weights()[row]) *
                            (loss.class_weights.empty()
                                 ? 1
                                 : static_cast<double>(loss.class_weights[static_cast<std::size_t>(one.labels()[0])]));
      Model copy(small_mlp(9, 3), 1);
      copy.preprocessing = {data.scale(), data.shift()};
      sum += weight * engine::evaluate(backend(), copy, one, loss).loss;
      total += weight;
    }
    const EpochRecord& epoch = result.history.front();
    EXPECT_NEAR(epoch.train.loss, sum / total, 1e-5 * (1 + sum / total)) << to_string(loss.kind);
    EXPECT_NEAR(epoch.validation.loss, sum / total, 1e-5 * (1 + sum / total)) << to_string(loss.kind);
  }
}

/// A row of weight 0 counts for nothing, and one of weight 2 as two rows.
TEST_P(LossTest, SampleWeightsActAsCopies) {
  for (const Loss& loss : all_losses()) {
    Dataset weighted = byte_blobs(6, 9, 3, 1);
    weighted.set_weights({1, 2, 0, 1, 2, 0});
    const std::vector<std::uint32_t> rows = {0, 1, 1, 3, 4, 4};
    const Dataset copies = byte_blobs(6, 9, 3, 1).select(rows);
    Model a(small_mlp(9, 3), 1), b(small_mlp(9, 3), 1);
    Training training = small_training(3, 6);
    training.loss = loss;
    training.optimizer = {.kind = OptimizerKind::sgd, .learning_rate = 0.1f};
    fit(a, weighted, {}, training);
    fit(b, copies, {}, training);
    for (std::size_t i = 0; i < a.parameter_count(); ++i) {
      ASSERT_NEAR(a.parameters()[i], b.parameters()[i], 1e-5) << to_string(loss.kind);
    }
  }
}

/// Labels that no training row has are ordinary in validation, as long as the network has an output for them.
TEST_P(LossTest, AnUnseenLabelDoesNotCrashValidation) {
  for (const Loss& loss : all_losses()) {
    const Dataset all = byte_blobs(60, 9, 3, 1);
    std::vector<std::uint32_t> seen;
    for (std::uint32_t row = 0; row < 60; ++row) {
      if (all.labels()[row] != 2) seen.push_back(row);
    }
    Model model(small_mlp(9, 3), 1);
    const RunResult result = fit(model, all.select(seen), all, training_with(loss));
    EXPECT_EQ(result.status, RunStatus::completed);
    EXPECT_TRUE(std::isfinite(result.history.front().validation.loss)) << to_string(loss.kind);
  }
}

/// A sigmoid as last layer belongs to the loss: the same bits as logits.
TEST_P(LossTest, SigmoidIsFoldedIntoBinaryCrossEntropy) {
  Network with_head = small_mlp(9, 3);
  with_head.layers.back().activation = make_activation(ActivationKind::sigmoid);
  Model logits(small_mlp(9, 3), 1), sigmoid(with_head, 1);
  const Dataset data = byte_blobs(40, 9, 3, 1);
  Training training = small_training(2, 8);
  training.loss.kind = LossKind::bce;
  fit(logits, data, data, training);
  fit(sigmoid, data, data, training);
  EXPECT_EQ(logits.weights_hash(), sigmoid.weights_hash());
  EXPECT_EQ(engine::predict(backend(), logits, data, Head::sigmoid),
            engine::predict(backend(), sigmoid, data, Head::sigmoid));
  EXPECT_EQ(engine::predict(backend(), logits, data, Head::sigmoid),
            engine::predict(backend(), sigmoid, data, Head::none));
}

/// One output for labels 0 and 1, for every loss that takes it.
TEST_P(LossTest, OneOutputLearnsTwoClasses) {
  for (const Loss& loss : all_losses()) {
    if (loss.kind == LossKind::cross_entropy) continue;
    const Dataset data = make_blobs(200, 2, 2, 6, 3);
    Model model(make_mlp(2, {}, 1, make_activation(ActivationKind::linear), 0), 1);
    Training training = small_training(20, 8);
    training.loss = loss;
    training.optimizer = {.learning_rate = 0.05f};
    const RunResult result = fit(model, data, data, training);
    EXPECT_GT(result.history.back().validation.accuracy, 0.95) << to_string(loss.kind);
  }
}

/// Every loss with weights: a model of a shoal ends with the bits of its solo run.
TEST_P(LossTest, ShoalEqualsSolo) {
  for (const Loss& loss : all_losses()) {
    const Dataset data = weighted_blobs(21);
    Training training = small_training(2, 8);
    training.loss = loss;
    std::vector<Model> shoal;
    for (const std::uint64_t seed : {1, 2, 3}) shoal.emplace_back(small_mlp(9, 3), seed);
    engine::fit(backend(), training, shoal, data, data, {});
    for (const Model& together : shoal) {
      Model alone(small_mlp(9, 3), together.seed());
      fit(alone, data, data, training);
      EXPECT_EQ(together.weights_hash(), alone.weights_hash()) << to_string(loss.kind);
    }
  }
}

TEST_P(LossTest, RecordedEqualsDirect) {
  for (const Loss& loss : all_losses()) {
    Training training = small_training(2, 8);
    training.loss = loss;
    Model recorded(small_mlp(9, 3), 1), direct(small_mlp(9, 3), 1);
    RecordingBackend unrecorded(backend(), RecordingBackend::Mode::direct);
    fit(recorded, weighted_blobs(21), {}, training);
    engine::fit(unrecorded, training, std::span(&direct, 1), weighted_blobs(21), {}, {});
    EXPECT_EQ(recorded.weights_hash(), direct.weights_hash()) << to_string(loss.kind);
  }
}

}  // namespace
}  // namespace minnow::test
