// SPDX-License-Identifier: Apache-2.0
/// Whole runs on every backend: what they learn, what they report, and how they end.
#include "minnow/trainer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/math/schedule.hpp"
#include "minnow/error.hpp"
#include "src/train/fit.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/comparer.hpp"
#include "tests/train/training_data.hpp"

namespace minnow::test {
namespace {

class TrainerTest : public BackendTest {
 protected:
  RunResult fit(Model& model, const Training& training, const Dataset& train, const Dataset& validation) {
    return engine::fit(backend(), training, std::span(&model, 1), train, validation, {}).front();
  }
  /// The reference trains in double, and the model it leaves is rounded to float.
  double rounding() { return is_float() ? 0 : 1e-5; }
};

TEST_P(TrainerTest, LearnsBlobsCompletely) {
  const Dataset train = byte_blobs(210, 9, 3, 1), validation = byte_blobs(90, 9, 3, 1);
  Model model(small_mlp(9, 3), 1);
  const RunResult result = fit(model, small_training(12, 32), train, validation);
  EXPECT_EQ(result.status, RunStatus::completed);
  ASSERT_EQ(result.history.size(), 12u);
  EXPECT_EQ(result.history.back().train.accuracy, 1);
  EXPECT_EQ(result.history.back().validation.accuracy, 1);
  EXPECT_LT(result.history.back().train.loss, 0.1);
  EXPECT_LT(result.history.back().train.loss, result.history.front().train.loss);
  EXPECT_EQ(model.preprocessing, (Preprocessing{1.0f / 255, 0}));

  const Metrics evaluated = engine::evaluate(backend(), model, validation, Loss{});
  EXPECT_NEAR(evaluated.loss, result.history.back().validation.loss, rounding());
  EXPECT_EQ(evaluated.accuracy, 1);
  EXPECT_EQ(evaluated.rows, 90u);
}

TEST_P(TrainerTest, LearnsARegression) {
  Training training = small_training(60, 16);
  training.loss.kind = LossKind::mse;
  Model model(small_mlp(2, 2, ActivationKind::tanh), 3);
  const RunResult result = fit(model, training, small_regression(160, 1), small_regression(40, 2));
  EXPECT_LT(result.history.back().validation.loss, 0.01);
  EXPECT_TRUE(std::isnan(result.history.back().validation.accuracy));
}

TEST_P(TrainerTest, MseOnLabelsTrainsOneHotTargets) {
  Training training = small_training(15, 16);
  training.loss.kind = LossKind::mse;
  Model model(small_mlp(9, 3, ActivationKind::gelu), 3);
  const RunResult result = fit(model, training, byte_blobs(150, 9, 3, 1), byte_blobs(33, 9, 3, 1));
  EXPECT_EQ(result.history.back().validation.accuracy, 1);
  EXPECT_LT(result.history.back().validation.loss, 0.05);

  Model single(small_mlp(9, 1), 3);  // one output: the label itself is the target
  const RunResult labels = fit(single, training, byte_blobs(150, 9, 2, 1), {});
  EXPECT_LT(labels.history.back().train.loss, 0.05);
}

TEST_P(TrainerTest, EveryRuleLearns) {
  for (int kind = 0; kind < optimizer_count; ++kind) {
    const auto rule = static_cast<OptimizerKind>(kind);
    Training training = small_training(15, 20);
    training.optimizer = make_optimizer(rule);
    if (rule == OptimizerKind::sgd) training.optimizer.momentum = 0.9f, training.optimizer.nesterov = true;
    if (rule != OptimizerKind::adadelta) training.optimizer.learning_rate = rule == OptimizerKind::sgd ? 0.1f : 0.02f;
    if (rule == OptimizerKind::lion) training.optimizer.learning_rate = 0.003f;
    if (rule == OptimizerKind::adadelta) training.optimizer.epsilon = 1e-4f;
    if (rule == OptimizerKind::adagrad) training.optimizer.learning_rate = 0.1f;
    training.optimizer.weight_decay = 1e-3f;
    training.optimizer.clip_norm = 2;
    training.schedule.kind = ScheduleKind::cosine;
    Model model(small_mlp(9, 3, ActivationKind::silu, 0.1f), 1);
    const RunResult result = fit(model, training, byte_blobs(210, 9, 3, 1), byte_blobs(90, 9, 3, 1));
    EXPECT_EQ(result.history.back().validation.accuracy, 1) << to_string(training.optimizer.kind);
  }
}

/// One step without gradients to speak of: decay alone moves the weights, and the biases only where it is asked to.
TEST_P(TrainerTest, DecayLeavesBiasesAloneOnRequest) {
  for (const bool decay_biases : {true, false}) {
    Training training = small_training(1, 40, OptimizerKind::sgd, 0.5f);
    training.optimizer.clip_value = 1e-20f;
    training.optimizer.weight_decay = 0.5f;
    training.optimizer.decay_biases = decay_biases;
    Model model(small_mlp(9, 3), 1);
    for (float& parameter : model.parameters()) parameter = 0.25f;
    fit(model, training, byte_blobs(40, 9, 3, 1), {});
    for (const ParameterTensor& tensor : model.tensors()) {
      for (std::size_t i = 0; i < tensor.size(); ++i) {
        const bool decays = decay_biases || tensor.role == ParameterTensor::Role::weight;
        ASSERT_EQ(model.parameters()[tensor.offset + i], decays ? 0.1875f : 0.25f) << tensor.name;
      }
    }
  }
}

/// With a learning rate of 0 the running figures are those of one set of weights.
TEST_P(TrainerTest, EpochFiguresAreWeightedBySamples) {
  const Dataset train = byte_blobs(37, 9, 3, 4);  // batches of 16, 16 and 5
  Model model(small_mlp(9, 3), 1);
  const RunResult result = fit(model, small_training(1, 16, OptimizerKind::sgd, 0), train, {});
  const EpochRecord& record = result.history.at(0);
  const Metrics whole = engine::evaluate(backend(), model, train, Loss{});
  EXPECT_EQ(record.train.rows, 37u);
  EXPECT_NEAR(record.train.loss, whole.loss, 1e-6 * whole.loss);
  EXPECT_EQ(record.train.accuracy, whole.accuracy);
  EXPECT_EQ(record.validation.rows, 0u);
  EXPECT_EQ(record.steps, 3u);

  const Dataset last = byte_blobs(37, 9, 3, 4).split_last(5);
  const Metrics part = engine::evaluate(backend(), model, last, Loss{});
  EXPECT_GT(std::abs(part.loss - whole.loss), 1e-3 * whole.loss) << "no weighting could be told from another";
}

/// With batches of one row and a learning rate of 0, a step's loss tells which row it saw.
TEST_P(TrainerTest, EveryRowIsSeenOnceInAnEpochAndTheOrderChanges) {
  constexpr int rows = 6;
  Model model(small_mlp(9, 3), 1);
  const auto losses_of_epoch = [&](int epoch) {
    std::vector<double> losses;
    double before = 0;
    for (int seen = 1; seen <= rows; ++seen) {
      Training training = small_training(epoch, 1, OptimizerKind::sgd, 0);
      training.max_steps = static_cast<std::uint64_t>((epoch - 1) * rows + seen);
      const Metrics metrics = fit(model, training, byte_blobs(rows, 9, 3, 4), {}).history.back().train;
      losses.push_back(metrics.loss * seen - before);
      before = metrics.loss * seen;
    }
    return losses;
  };
  std::vector<double> first = losses_of_epoch(1), second = losses_of_epoch(2), expected;
  for (std::uint32_t row = 0; row < rows; ++row) {
    const Dataset one = byte_blobs(rows, 9, 3, 4).select(std::span(&row, 1));
    expected.push_back(engine::evaluate(backend(), model, one, Loss{}).loss);
  }
  EXPECT_FALSE(within(first, second, 1e-4));
  for (std::vector<double>* losses : {&first, &second, &expected}) std::ranges::sort(*losses);
  EXPECT_TRUE(within(first, expected, 1e-4));
  EXPECT_TRUE(within(second, expected, 1e-4));
  for (std::size_t i = 1; i < rows; ++i) EXPECT_GT(expected[i] - expected[i - 1], 3e-4) << "no loss names its row";
}

TEST_P(TrainerTest, ReportsTheLearningRateOfEachEpochsLastStep) {
  Training training = small_training(4, 10, OptimizerKind::sgd, 0.1f);
  const auto rates = [&](const Schedule& schedule) {
    training.schedule = schedule;
    Model model(small_mlp(9, 3), 1);
    std::vector<double> found;
    for (const EpochRecord& record : fit(model, training, byte_blobs(40, 9, 3, 1), {}).history) {
      found.push_back(record.learning_rate);
    }
    return found;
  };
  const auto near = [](const std::vector<double>& found, const std::vector<double>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-7) << "epoch " << i + 1;
  };
  near(rates({}), {0.1, 0.1, 0.1, 0.1});
  near(rates({.kind = ScheduleKind::step, .period = 1, .gamma = 0.5f}), {0.1, 0.05, 0.025, 0.0125});
  near(rates({.kind = ScheduleKind::step, .period = 1.5f, .gamma = 0.1f}), {0.1, 0.01, 0.01, 0.001});
  near(rates({.kind = ScheduleKind::constant, .warmup = 2}), {0.05, 0.1, 0.1, 0.1});
  const double pi = std::acos(-1.0);
  std::vector<double> cosine;
  for (const int step : {3, 7, 11, 15}) cosine.push_back(0.01 + 0.09 * (1 + std::cos(pi * step / 16)) / 2);
  near(rates({.kind = ScheduleKind::cosine, .minimum = 0.01f}), cosine);
}

TEST_P(TrainerTest, StopsEarlyAndRestoresTheBestWeights) {
  Training training = small_training(40, 8, OptimizerKind::sgd, 2.0f);  // a rate that soon makes things worse
  training.early_stopping = {.patience = 3};
  const Dataset train = byte_blobs(40, 9, 3, 1), validation = byte_blobs(30, 9, 3, 9);
  Model model(small_mlp(9, 3, ActivationKind::tanh), 1);
  const RunResult result = fit(model, training, train, validation);
  ASSERT_EQ(result.status, RunStatus::early_stopped);
  const int last = result.history.back().epoch;
  EXPECT_EQ(last, result.best_epoch + 3);
  double best = std::numeric_limits<double>::infinity();
  int best_epoch = 0;
  for (const EpochRecord& record : result.history) {
    EXPECT_EQ(record.best, record.validation.loss < best) << "epoch " << record.epoch;
    if (record.validation.loss < best) best_epoch = record.epoch;
    best = std::min(best, record.validation.loss);
  }
  EXPECT_EQ(result.best_epoch, best_epoch);
  EXPECT_NE(result.message.find("val/loss has not improved since epoch " + std::to_string(best_epoch)),
            std::string::npos)
      << result.message;
  EXPECT_TRUE(std::equal(result.best_weights.begin(), result.best_weights.end(), model.parameters().begin()));
  EXPECT_EQ(result.last_weights.size(), model.parameter_count());
  EXPECT_NE(result.last_weights, result.best_weights);
  EXPECT_NEAR(engine::evaluate(backend(), model, validation, training.loss).loss, best, rounding());

  training.early_stopping.restore_best = false;
  Model kept(small_mlp(9, 3, ActivationKind::tanh), 1);
  const RunResult again = fit(kept, training, train, validation);
  EXPECT_EQ(again.best_weights, result.best_weights);
  EXPECT_NEAR(engine::evaluate(backend(), kept, validation, training.loss).loss, again.history.back().validation.loss,
              rounding());
  EXPECT_NE(kept.weights_hash(), model.weights_hash());
}

TEST_P(TrainerTest, TheFirstEpochCountsForEarlyStopping) {
  Training training = small_training(10, 8, OptimizerKind::sgd, 0);  // nothing ever improves on epoch 1
  training.early_stopping = {.patience = 2, .monitor = {Metric::accuracy}};
  Model model(small_mlp(9, 3), 1);
  const RunResult result = fit(model, training, byte_blobs(40, 9, 3, 1), byte_blobs(30, 9, 3, 9));
  EXPECT_EQ(result.status, RunStatus::early_stopped);
  EXPECT_EQ(result.best_epoch, 1);
  EXPECT_EQ(result.history.size(), 3u);
}

TEST_P(TrainerTest, DivergesAndKeepsTheLastGoodWeights) {
  Training training = small_training(9, 16, OptimizerKind::sgd, 0.05f);
  training.schedule = {.kind = ScheduleKind::step, .period = 3, .gamma = is_float() ? 1e25f : 1e38f};
  training.loss.kind = LossKind::mse;
  const Dataset train = small_regression(40, 1);
  Model model(small_mlp(2, 2), 1), shorter(small_mlp(2, 2), 1);
  const RunResult result = fit(model, training, train, {});
  ASSERT_EQ(result.status, RunStatus::diverged);
  ASSERT_FALSE(result.history.empty());
  const int bad = result.history.back().epoch;
  EXPECT_GT(bad, 3);
  EXPECT_LE(bad, 9);
  EXPECT_NE(result.message.find("(epoch " + std::to_string(bad) + ")"), std::string::npos) << result.message;
  EXPECT_NE(result.message.find("layer 'dense"), std::string::npos) << result.message;
  EXPECT_NE(result.message.find("epoch " + std::to_string(bad - 1) + ":"), std::string::npos) << result.message;

  training.epochs = bad - 1;
  fit(shorter, training, train, {});
  EXPECT_EQ(model.weights_hash(), shorter.weights_hash());
}

TEST_P(TrainerTest, DivergingInTheFirstEpochKeepsTheInitialWeights) {
  Training training = small_training(5, 8, OptimizerKind::sgd, std::numeric_limits<float>::max());
  training.loss.kind = LossKind::mse;
  for (const int rows : {8, 80}) {  // one update, which no loss sees, and ten
    std::vector<float> values(2 * static_cast<std::size_t>(rows), 1), targets(values.size(), 1000);
    const Dataset train = Dataset::for_regression("far", std::move(values), 2, std::move(targets), 2);
    Model model(small_mlp(2, 2, ActivationKind::tanh), 1);
    const std::uint64_t initial = model.weights_hash();
    const RunResult result = fit(model, training, train, {});
    EXPECT_EQ(result.status, RunStatus::diverged) << rows;
    EXPECT_EQ(result.history.size(), 1u);
    EXPECT_EQ(model.weights_hash(), initial);
    EXPECT_NE(result.message.find("kept the initial weights"), std::string::npos) << result.message;
    EXPECT_NE(result.message.find("the parameters of layer 'dense"), std::string::npos) << result.message;
  }
}

TEST_P(TrainerTest, SecondFitContinuesFromTheWeights) {
  const Dataset train = byte_blobs(60, 9, 3, 1);
  Model model(small_mlp(9, 3), 1);
  const RunResult first = fit(model, small_training(3, 16), train, {});
  const RunResult second = fit(model, small_training(3, 16), train, {});
  EXPECT_LT(second.history.front().train.loss, first.history.back().train.loss);
  EXPECT_EQ(second.history.front().epoch, 1);
}

TEST_P(TrainerTest, StopsAtTheStepLimit) {
  Training training = small_training(5, 16);
  training.max_steps = 7;
  Model model(small_mlp(9, 3), 1);
  const RunResult result = fit(model, training, byte_blobs(60, 9, 3, 1), byte_blobs(30, 9, 3, 1));
  EXPECT_EQ(result.status, RunStatus::completed);
  EXPECT_EQ(result.steps, 7u);
  ASSERT_EQ(result.history.size(), 2u);
  EXPECT_EQ(result.history[1].train.rows, 48u);
  EXPECT_EQ(result.history[1].validation.rows, 30u);
}

TEST_P(TrainerTest, TimeLimitFinishesStepAndValidation) {
  Training training = small_training(5, 16);
  training.time_limit = 1e-9f;
  Model model(small_mlp(9, 3), 1);
  const RunResult result = fit(model, training, byte_blobs(60, 9, 3, 1), byte_blobs(30, 9, 3, 9));
  EXPECT_EQ(result.status, RunStatus::time_limit);
  EXPECT_EQ(to_string(result.status), "time_limit");
  EXPECT_EQ(result.steps, 1u);
  EXPECT_EQ(result.best_epoch, 1);
  EXPECT_EQ(result.history.back().validation.rows, 30u);
  training.time_limit = 1e6f;
  EXPECT_EQ(fit(model, training, byte_blobs(60, 9, 3, 1), {}).status, RunStatus::completed);
}

TEST_P(TrainerTest, TimesAreReported) {
  Model model(small_mlp(9, 3), 1);
  const RunResult result = fit(model, small_training(3, 16), byte_blobs(60, 9, 3, 1), byte_blobs(30, 9, 3, 1));
  double sum = 0;
  for (const EpochRecord& record : result.history) {
    EXPECT_GT(record.seconds, 0);
    sum += record.seconds;
  }
  EXPECT_LE(sum, result.seconds);
  EXPECT_GE(result.samples_per_second, 180 / result.seconds);
}

INSTANTIATE_TEST_SUITE_P(Backends, TrainerTest, testing::ValuesIn(backend_cases()), backend_case_name);

TEST(TrainerApiTest, RunsOnTheDeviceThatWasAskedFor) {
  Runtime runtime;
  runtime.device.kind = DeviceKind::cpu;
  Trainer trainer(small_training(2, 16), runtime);
  EXPECT_EQ(trainer.device(), "cpu");
  EXPECT_FALSE(trainer.device_description().empty());
  Model model(small_mlp(9, 3), 1);
  const RunResult result = trainer.fit(model, byte_blobs(60, 9, 3, 1), Dataset());
  EXPECT_EQ(result.status, RunStatus::completed);
  EXPECT_EQ(to_string(result.status), "completed");
  Trainer moved = std::move(trainer);
  EXPECT_EQ(moved.device(), "cpu");
}

}  // namespace
}  // namespace minnow::test
