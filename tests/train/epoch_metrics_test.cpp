// SPDX-License-Identifier: Apache-2.0
/// Metrics that each epoch counts on the device, against those of predictions.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "minnow/error.hpp"
#include "src/train/fit.hpp"
#include "tests/support/backends.hpp"
#include "tests/train/training_data.hpp"

namespace minnow::test {
namespace {

class EpochMetrics : public BackendTest {
 protected:
  RunResult fit(Model& model, const Training& training, const Dataset& train, const Dataset& validation) {
    return engine::fit(backend(), training, std::span(&model, 1), train, validation, {}).front();
  }
  std::vector<float> predict(const Model& model, const Dataset& data, Head head) {
    return engine::predict(backend(), model, data, head);
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, EpochMetrics, testing::ValuesIn(backend_cases()), backend_case_name);

/// The share of pairs of both classes whose scores share a bin.
double shared_pairs(const std::vector<float>& outputs, LossKind loss, const Dataset& data) {
  const std::size_t width = outputs.size() / static_cast<std::size_t>(data.rows());
  std::map<int, std::array<double, 2>> bins;
  std::array<double, 2> rows = {};
  for (std::size_t r = 0; r < static_cast<std::size_t>(data.rows()); ++r) {
    const float* x = &outputs[r * width];
    const float score = loss == LossKind::cross_entropy ? x[1] - x[0] : x[width - 1];
    const auto label = static_cast<std::size_t>(data.labels()[r]);
    ++bins[math::score_bin(score)][label];
    ++rows[label];
  }
  double pairs = 0;
  for (const auto& [bin, counts] : bins) pairs += counts[0] * counts[1];
  return pairs / (rows[0] * rows[1]);
}

Training counting(MetricsScope scope, LossKind loss = LossKind::cross_entropy) {
  Training training = small_training(3, 16);
  training.metrics = scope;
  training.loss.kind = loss;
  return training;
}

TEST_P(EpochMetrics, ClassesAreCountedAsPredictionsSay) {
  const Dataset train = byte_blobs(101, 9, 7, 1), validation = byte_blobs(600, 9, 7, 2);
  Model model(small_mlp(9, 7), 5);
  const EpochRecord last = fit(model, counting(MetricsScope::all), train, validation).history.back();
  const Classification expected = classification(predict(model, validation, Head::softmax), validation);
  ASSERT_TRUE(last.validation.classification && last.train.classification);
  EXPECT_EQ(last.validation.classification->confusion, expected.confusion);
  EXPECT_EQ(last.validation.classification->top_accuracy, expected.top_accuracy);
  EXPECT_EQ(last.validation.classification->k, 5);
  EXPECT_EQ(last.validation.accuracy, expected.accuracy());
  EXPECT_EQ(last.train.classification->accuracy(), last.train.accuracy) << "the running figures of training";
  EXPECT_EQ(last.train.classification->rows, 101u);
  EXPECT_FALSE(last.train.regression || last.validation.regression);

  const Metrics evaluated = engine::evaluate(backend(), model, validation, Loss{});
  EXPECT_EQ(evaluated.classification->confusion, expected.confusion);
}

TEST_P(EpochMetrics, EachModelOfAShoalHasItsOwn) {
  const Dataset train = byte_blobs(101, 9, 3, 1), validation = byte_blobs(31, 9, 3, 2);
  std::vector<Model> shoal;
  for (const std::uint64_t seed : {3, 4, 5}) shoal.emplace_back(small_mlp(9, 3), seed);
  const Training training = counting(MetricsScope::all);
  const std::vector<RunResult> together = engine::fit(backend(), training, shoal, train, validation, {});
  for (std::size_t m = 0; m < shoal.size(); ++m) {
    Model alone(small_mlp(9, 3), shoal[m].seed());
    const EpochRecord solo = fit(alone, training, train, validation).history.back(),
                      record = together[m].history.back();
    EXPECT_EQ(record.train.classification->confusion, solo.train.classification->confusion) << "model " << m;
    EXPECT_EQ(record.validation.classification->confusion, solo.validation.classification->confusion) << "model " << m;
  }
}

/// A confusion matrix per epoch may outgrow memory; all other figures stay.
TEST_P(EpochMetrics, TheHistoryKeepsTheLastConfusionMatrix) {
  const Dataset train = byte_blobs(101, 9, 3, 1), validation = byte_blobs(31, 9, 3, 2);
  std::vector<EpochRecord> told;
  TrainingCallbacks callbacks;
  callbacks.epoch_end = [&](std::span<const EpochRecord> records) {
    told.push_back(records[0]);
    return true;
  };
  Model model(small_mlp(9, 3), 5);
  const RunResult result =
      engine::fit(backend(), counting(MetricsScope::all), std::span(&model, 1), train, validation, callbacks).front();
  ASSERT_EQ(result.history.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const Classification& kept = *result.history[i].validation.classification;
    const Classification& whole = *told[i].validation.classification;
    EXPECT_EQ(whole.confusion.size(), 9u);
    EXPECT_EQ(kept.confusion.size(), i < 2 ? 0u : 9u);
    EXPECT_EQ(result.history[i].train.classification->confusion.size(), kept.confusion.size());
    EXPECT_EQ(kept.of_class, whole.of_class);
    EXPECT_EQ(kept.macro_f1(), whole.macro_f1());
    EXPECT_EQ(kept.accuracy(), told[i].validation.accuracy);
  }
  EXPECT_THROW(result.history[0].validation.classification->count(0, 0), UsageError);
  EXPECT_EQ(told[0].validation.classification->support(1), 10u);
}

/// One output, or two: scores of a bin count as equal, which moves the area by at most half the pairs that share one.
TEST_P(EpochMetrics, AreaUnderTheCurveOfTwoClasses) {
  const Dataset train = byte_blobs(101, 9, 2, 1), validation = byte_blobs(300, 9, 2, 7);
  for (const LossKind loss : {LossKind::bce, LossKind::mse, LossKind::cross_entropy}) {
    for (const int outputs : {1, 2}) {
      if (loss == LossKind::cross_entropy && outputs == 1) continue;
      Model model(small_mlp(9, outputs), 5);
      const EpochRecord last = fit(model, counting(MetricsScope::validation, loss), train, validation).history.back();
      const Classification expected = classification(predict(model, validation, head_of(loss)), validation);
      ASSERT_TRUE(last.validation.classification);
      const std::string name = to_string(loss) + ", outputs: " + std::to_string(outputs);
      EXPECT_EQ(last.validation.classification->confusion, expected.confusion) << name;
      EXPECT_NEAR(last.validation.classification->auroc, expected.auroc,
                  shared_pairs(predict(model, validation, Head::none), loss, validation) / 2 + 1e-12)
          << name;
      EXPECT_FALSE(last.train.classification);
    }
  }
}

TEST_P(EpochMetrics, OfScoresThatAreNotNumbersThereIsNoArea) {
  const Dataset data = byte_blobs(30, 9, 2, 1);
  Model model(small_mlp(9, 2), 5);
  model.preprocessing = {data.scale(), data.shift()};
  model.parameters().back() = std::numeric_limits<float>::quiet_NaN();  // the second output's bias
  EXPECT_TRUE(std::isnan(engine::evaluate(backend(), model, data, Loss{}).classification->auroc));
}

TEST_P(EpochMetrics, ErrorsAreSummedAsPredictionsSay) {
  const Dataset train = small_regression(101, 1), validation = small_regression(700, 2);
  Model model(small_mlp(2, 2), 5);
  const EpochRecord last = fit(model, counting(MetricsScope::all, LossKind::mse), train, validation).history.back();
  const Regression expected = regression(predict(model, validation, Head::none), validation);
  ASSERT_TRUE(last.validation.regression && last.train.regression);
  EXPECT_NEAR(last.validation.regression->mae, expected.mae, 1e-6);
  EXPECT_NEAR(last.validation.regression->rmse, expected.rmse, 1e-6);
  EXPECT_NEAR(last.validation.regression->r2, expected.r2, 1e-5);
  EXPECT_NEAR(last.train.regression->rmse * last.train.regression->rmse, last.train.loss, 1e-6);
  EXPECT_TRUE(std::isnan(last.train.accuracy) && std::isnan(last.validation.accuracy));
}

TEST_P(EpochMetrics, NothingIsCountedUnlessAsked) {
  Model model(small_mlp(9, 3), 5);
  const EpochRecord last =
      fit(model, counting(MetricsScope::none), byte_blobs(101, 9, 3, 1), byte_blobs(31, 9, 3, 2)).history.back();
  EXPECT_FALSE(last.train.classification || last.validation.classification);
  EXPECT_TRUE(std::isnan(figure_of(Metric::macro_f1, last.validation)));
}

TEST_P(EpochMetrics, AnyOfThemMayBeMonitored) {
  const Dataset train = byte_blobs(101, 9, 3, 1), validation = byte_blobs(31, 9, 3, 2);
  for (const Monitor monitor : {Monitor{Metric::macro_f1}, Monitor{Metric::accuracy, false}}) {
    Training training = counting(MetricsScope::none);
    training.early_stopping.monitor = monitor;
    Model model(small_mlp(9, 3), 5);
    const RunResult result = fit(model, training, train, validation);
    int best = 1;
    for (const EpochRecord& record : result.history) {
      if (figure_of(monitor, record) > figure_of(monitor, result.history[static_cast<std::size_t>(best - 1)])) {
        best = record.epoch;
      }
    }
    EXPECT_EQ(result.best_epoch, best) << to_string(monitor);
    EXPECT_FALSE(result.history.back().train.classification);
  }
}

TEST_P(EpochMetrics, TrainingFiguresStopARunWithoutValidationData) {
  Training training = small_training(50, 16, OptimizerKind::sgd, 0);
  training.early_stopping.patience = 2;
  training.early_stopping.monitor = {Metric::accuracy, false};
  Model model(small_mlp(9, 3), 5);
  const RunResult result = fit(model, training, byte_blobs(101, 9, 3, 1), Dataset{});
  EXPECT_EQ(result.status, RunStatus::early_stopped);
  EXPECT_EQ(result.best_epoch, 1);
  EXPECT_EQ(result.history.size(), 3u);
  EXPECT_FALSE(result.best_weights.empty());
}

/// A running figure of part of an epoch is not judged: neither as the best nor by the plateau schedule.
TEST_P(EpochMetrics, AnEpochThatIsCutShortIsNotJudgedByTrainingFigures) {
  Training training = counting(MetricsScope::none);
  training.max_steps = 2 * 7 + 1;
  training.early_stopping.monitor = {Metric::loss, false};
  Model model(small_mlp(9, 3), 5);
  const RunResult result = fit(model, training, byte_blobs(101, 9, 3, 1), byte_blobs(31, 9, 3, 2));
  ASSERT_EQ(result.history.size(), 3u);
  EXPECT_LE(result.best_epoch, 2);
  EXPECT_EQ(result.history[1].monitored, result.history[1].train.loss);
  EXPECT_TRUE(std::isnan(result.history[2].monitored));
  EXPECT_GT(result.history[2].validation.rows, 0u);
}

TEST_P(EpochMetrics, TrainingFiguresLowerTheRateWithoutValidationData) {
  Training training = small_training(4, 16, OptimizerKind::sgd, 1e-6f);
  training.schedule = {
      .kind = ScheduleKind::plateau, .monitor = {Metric::loss, false}, .patience = 0, .threshold = 0.9f};
  Model model(small_mlp(9, 3), 5);
  const RunResult result = fit(model, training, byte_blobs(101, 9, 3, 1), Dataset{});
  EXPECT_LT(result.history.back().learning_rate, 0.5e-6);
}

}  // namespace
}  // namespace minnow::test
