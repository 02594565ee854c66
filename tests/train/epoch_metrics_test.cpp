// SPDX-License-Identifier: Apache-2.0
/// Metrics that each epoch counts on the device, against those of predictions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

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

/// One output, or two: scores of a bin count as equal, which moves the area by at most half the pairs that share one.
TEST_P(EpochMetrics, AreaUnderTheCurveOfTwoClasses) {
  const Dataset train = byte_blobs(101, 9, 2, 1), validation = byte_blobs(300, 9, 2, 7);
  for (const LossKind loss : {LossKind::bce, LossKind::mse, LossKind::cross_entropy}) {
    Model model(small_mlp(9, loss == LossKind::cross_entropy ? 2 : 1), 5);
    const EpochRecord last = fit(model, counting(MetricsScope::validation, loss), train, validation).history.back();
    const Classification expected = classification(predict(model, validation, head_of(loss)), validation);
    ASSERT_TRUE(last.validation.classification);
    EXPECT_EQ(last.validation.classification->confusion, expected.confusion) << to_string(loss);
    EXPECT_NEAR(last.validation.classification->auroc, expected.auroc, 0.05) << to_string(loss);
    EXPECT_FALSE(last.train.classification);
  }
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
  EXPECT_TRUE(std::isnan(figure_of(Metric::accuracy, last.train)));
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

}  // namespace
}  // namespace minnow::test
