// SPDX-License-Identifier: Apache-2.0
/// Models trained side by side: each ends with the bits of its solo run, on every backend.
#include <gtest/gtest.h>

#include "src/train/fit.hpp"
#include "tests/support/backends.hpp"
#include "tests/train/training_data.hpp"

namespace minnow::test {
namespace {

constexpr int models = 4;

class ShoalTest : public BackendTest {
 protected:
  static Model member(int m) {
    return Model(small_mlp(9, 3, ActivationKind::gelu, 0.2f), 10 + static_cast<std::uint64_t>(m));
  }

  std::vector<RunResult> fit(std::span<Model> shoal, const Training& training) {
    return engine::fit(backend(), training, shoal, byte_blobs(101, 9, 3, 1), byte_blobs(31, 9, 3, 5), {});
  }

  /// Trains them together and alone, and compares everything but times.
  void expect_solo_results(const Training& training) {
    std::vector<Model> shoal;
    for (int m = 0; m < models; ++m) shoal.push_back(member(m));
    const std::vector<RunResult> together = fit(shoal, training);
    ASSERT_EQ(together.size(), static_cast<std::size_t>(models));
    for (int m = 0; m < models; ++m) {
      const auto index = static_cast<std::size_t>(m);
      Model alone = member(m);
      Training own = training;
      if (!training.models.empty()) {
        own.optimizer = training.models[index].optimizer;
        own.schedule = training.models[index].schedule;
        own.early_stopping = training.models[index].early_stopping;
        own.models.clear();
      }
      const RunResult solo = fit(std::span(&alone, 1), own).front();
      EXPECT_EQ(shoal[index].weights_hash(), alone.weights_hash()) << "model " << m;
      expect_same(together[index], solo);
    }
    EXPECT_NE(shoal[0].weights_hash(), shoal[1].weights_hash());
  }

  static void expect_same(const RunResult& a, const RunResult& b) {
    EXPECT_EQ(a.status, b.status);
    EXPECT_EQ(a.message, b.message);
    EXPECT_EQ(a.steps, b.steps);
    EXPECT_EQ(a.best_epoch, b.best_epoch);
    EXPECT_EQ(a.best_weights, b.best_weights);
    ASSERT_EQ(a.history.size(), b.history.size());
    for (std::size_t i = 0; i < a.history.size(); ++i) {
      EXPECT_EQ(a.history[i].train.loss, b.history[i].train.loss);
      EXPECT_EQ(a.history[i].train.accuracy, b.history[i].train.accuracy);
      EXPECT_EQ(a.history[i].validation.loss, b.history[i].validation.loss);
      EXPECT_EQ(a.history[i].best, b.history[i].best);
    }
  }
};

TEST_P(ShoalTest, EachEqualsItsSoloRun) {
  expect_solo_results(small_training(4, 16));
  Training training = small_training(4, 16, OptimizerKind::sgd, 0.05f);
  training.optimizer.momentum = 0.9f;
  training.loss.kind = LossKind::mse;
  expect_solo_results(training);
}

TEST_P(ShoalTest, EachEqualsItsSoloRunByEveryRuleAndSchedule) {
  for (const Training& training : every_training(3, 32)) {
    SCOPED_TRACE(to_string(training.optimizer.kind) + ", " + to_string(training.schedule.kind));
    expect_solo_results(training);
  }
}

/// One with momentum, decay and a plateau schedule; one that clips; one that stops early by a training figure.
TEST_P(ShoalTest, EachHasItsOwnHyperparameters) {
  Training training = small_training(6, 16);
  training.models.resize(models);
  for (Hyperparameters& model : training.models) {
    model.optimizer = make_optimizer(OptimizerKind::sgd);
    model.optimizer.learning_rate = 0.05f;
  }
  Hyperparameters &heavy = training.models[1], &clipped = training.models[2], &stopped = training.models[3];
  heavy.optimizer.momentum = 0.9f;
  heavy.optimizer.weight_decay = 0.01f;
  heavy.optimizer.decay_biases = false;
  heavy.schedule = {.kind = ScheduleKind::plateau, .patience = 0, .threshold = 0.5f};
  clipped.optimizer.clip_norm = 0.1f;
  clipped.schedule = {.kind = ScheduleKind::multi_step, .gamma = 0.5f, .milestones = {1, 2}};
  stopped.optimizer.learning_rate = 0;
  stopped.early_stopping = {.patience = 2, .monitor = {Metric::accuracy, false}};
  expect_solo_results(training);

  for (std::size_t m = 0; m < models; ++m) {
    training.models[m] = {.optimizer = make_optimizer(OptimizerKind::adagrad)};
    training.models[m].optimizer.initial_accumulator = 0.1f * static_cast<float>(m);
  }
  expect_solo_results(training);
}

TEST_P(ShoalTest, EachStopsOnItsOwn) {
  Training training = small_training(30, 16, OptimizerKind::rmsprop, 0.05f);
  training.optimizer.momentum = 0.5f;
  training.early_stopping = {.patience = 2};
  expect_solo_results(training);
}

TEST_P(ShoalTest, OneDivergesAndTheOthersGoOn) {
  std::vector<Model> shoal;
  for (int m = 0; m < 3; ++m) shoal.push_back(member(m));
  for (float& parameter : shoal[1].parameters()) parameter = 1e30f;  // its first logits overflow
  const std::vector<RunResult> results = fit(shoal, small_training(3, 16));
  Model alone = member(2);
  const RunResult solo = fit(std::span(&alone, 1), small_training(3, 16)).front();
  EXPECT_EQ(results[0].status, RunStatus::completed);
  EXPECT_EQ(results[2].status, RunStatus::completed);
  EXPECT_EQ(shoal[2].weights_hash(), alone.weights_hash());
  expect_same(results[2], solo);
  if (!is_float()) return;  // double holds 1e90
  EXPECT_EQ(results[1].status, RunStatus::diverged);
  EXPECT_EQ(shoal[1].parameters()[0], 1e30f);
  EXPECT_NE(results[1].message.find("step 1 (epoch 1): the output of layer 'dense2' is not finite"), std::string::npos)
      << results[1].message;
}

INSTANTIATE_TEST_SUITE_P(Backends, ShoalTest, testing::ValuesIn(backend_cases()), backend_case_name);

}  // namespace
}  // namespace minnow::test
