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

/// The share of pairs of both classes that `scores` order rightly, pair by pair.
double ordered_pairs(const std::vector<float>& scores, const Dataset& data) {
  double ordered = 0, pairs = 0;
  for (std::size_t p = 0; p < scores.size(); ++p) {
    for (std::size_t n = 0; n < scores.size(); ++n) {
      if (data.labels()[p] != 1 || data.labels()[n] != 0) continue;
      ordered += scores[p] > scores[n] ? 1 : scores[p] == scores[n] ? 0.5 : 0;
      ++pairs;
    }
  }
  return ordered / pairs;
}

/// What ranks the rows: the second logit less the first, else the only output or the second.
std::vector<float> scores_of(const std::vector<float>& outputs, LossKind loss, const Dataset& data) {
  const std::size_t width = outputs.size() / static_cast<std::size_t>(data.rows());
  std::vector<float> scores;
  for (std::size_t i = 0; i < outputs.size(); i += width) {
    scores.push_back(loss == LossKind::cross_entropy ? outputs[i + 1] - outputs[i] : outputs[i + width - 1]);
  }
  return scores;
}

/// Two classes in whole numbers, class 1 somewhat larger: sums of products are exact in any order.
Dataset whole_numbers(int rows) {
  std::vector<float> values;
  std::vector<std::int32_t> labels;
  for (int r = 0; r < rows; ++r) {
    labels.push_back(r % 3 == 0 ? 1 : 0);
    values.push_back(static_cast<float>((r * 37) % 23 + (r % 3 == 0 ? 6 : 0)));
  }
  return Dataset::from_floats("whole", std::move(values), 1, std::move(labels), 2);
}

/// One output that is 1000 + x: in a histogram of eighths of powers of two, all of them shared a bin.
Model far_from_zero() {
  Model model(make_mlp(1, {}, 1, make_activation(ActivationKind::linear), 0), 5);
  model.parameters()[0] = 1;
  model.parameters()[1] = 1000;
  return model;
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

/// One output, or two. Once scores within an eighth of a power of two counted as equal in each epoch, and `eval`
/// took probabilities, which round.
TEST_P(EpochMetrics, AreaUnderTheCurveOfTwoClassesIsExact) {
  const Dataset train = byte_blobs(101, 9, 2, 1), validation = byte_blobs(700, 9, 2, 7);
  for (const LossKind loss : {LossKind::bce, LossKind::mse, LossKind::cross_entropy}) {
    for (const int outputs : {1, 2}) {
      if (loss == LossKind::cross_entropy && outputs == 1) continue;
      Model model(small_mlp(9, outputs), 5);
      Training training = counting(MetricsScope::validation, loss);
      if (!is_float()) training.optimizer = make_optimizer(OptimizerKind::sgd), training.optimizer.learning_rate = 0;
      const EpochRecord last = fit(model, training, train, validation).history.back();  // a model's weights are floats
      const std::vector<float> scores = scores_of(predict(model, validation, Head::none), loss, validation);
      ASSERT_TRUE(last.validation.classification);
      const std::string name = to_string(loss) + ", outputs: " + std::to_string(outputs);
      EXPECT_EQ(last.validation.classification->confusion,
                classification(predict(model, validation, head_of(loss)), validation).confusion)
          << name;
      EXPECT_EQ(last.validation.classification->auroc, ordered_pairs(scores, validation)) << name;
      const Metrics evaluated = engine::evaluate(backend(), model, validation, {.kind = loss});
      EXPECT_EQ(evaluated.classification->auroc, last.validation.classification->auroc) << name;
      EXPECT_EQ(evaluated.loss, last.validation.loss) << name;
      EXPECT_FALSE(last.train.classification);
    }
  }
}

/// Once 0.5, in training and validation: all scores shared a bin. Sample weights are of the loss alone.
TEST_P(EpochMetrics, ScoresFarFromZeroAreToldApart) {
  Dataset data = whole_numbers(150);
  std::vector<float> values(data.floats().begin(), data.floats().end());
  const double expected = ordered_pairs(values, data);
  ASSERT_GT(expected, 0.6);
  ASSERT_LT(expected, 0.9);
  Training training = small_training(2, 16, OptimizerKind::sgd, 0);
  training.metrics = MetricsScope::all;
  training.loss.kind = LossKind::mse;
  for (const bool weighted : {false, true}) {
    if (weighted) {
      std::vector<float> weights(150, 2);
      std::fill_n(weights.begin(), 40, 0.0f);
      data.set_weights(std::move(weights));
    }
    Model model = far_from_zero();
    const RunResult result = fit(model, training, data, data);
    ASSERT_EQ(result.history.size(), 2u);
    for (const EpochRecord& record : result.history) {
      EXPECT_EQ(record.validation.classification->auroc, expected);
      EXPECT_EQ(record.train.classification->auroc, expected);
    }
  }
}

/// Of an epoch that is cut short, the rows that were seen: the scores of 48 of 150 rows, each class below 0 and in
/// order. What stands beyond them is not counted.
TEST_P(EpochMetrics, AreaUnderTheCurveOfTheRowsThatWereSeen) {
  std::vector<float> values;
  std::vector<std::int32_t> labels;
  for (int r = 0; r < 150; ++r) {
    labels.push_back(r % 2);
    values.push_back(static_cast<float>((r % 2 == 0 ? -2000 : -1500) + r));
  }
  const Dataset data = Dataset::from_floats("ordered", std::move(values), 1, std::move(labels), 2);
  Training training = small_training(2, 16, OptimizerKind::sgd, 0);
  training.metrics = MetricsScope::all;
  training.loss.kind = LossKind::mse;
  training.max_steps = 3;
  Model model = far_from_zero();
  const EpochRecord record = fit(model, training, data, Dataset{}).history.back();
  EXPECT_EQ(record.train.rows, 48u);
  EXPECT_EQ(record.train.classification->rows, 48u);
  EXPECT_EQ(record.train.classification->auroc, 1);
}

TEST_P(EpochMetrics, EachModelOfAShoalHasItsOwnAreaUnderTheCurve) {
  const Dataset train = byte_blobs(101, 9, 2, 1), validation = byte_blobs(31, 9, 2, 2);
  std::vector<Model> shoal;
  for (const std::uint64_t seed : {3, 4, 5}) shoal.emplace_back(small_mlp(9, 2), seed);
  const Training training = counting(MetricsScope::all);
  const std::vector<RunResult> together = engine::fit(backend(), training, shoal, train, validation, {});
  for (std::size_t m = 0; m < shoal.size(); ++m) {
    const EpochRecord& last = together[m].history.back();
    const std::vector<float> outputs = predict(shoal[m], validation, Head::none);
    EXPECT_EQ(last.validation.classification->auroc,
              ordered_pairs(scores_of(outputs, LossKind::cross_entropy, validation), validation))
        << "model " << m;
    Model alone(small_mlp(9, 2), shoal[m].seed());
    const EpochRecord solo = fit(alone, training, train, validation).history.back();
    EXPECT_EQ(last.train.classification->auroc, solo.train.classification->auroc) << "model " << m;
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
