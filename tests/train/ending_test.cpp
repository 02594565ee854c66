// SPDX-License-Identifier: Apache-2.0
/// How runs end, what their models then hold, and which epoch's figures are theirs. Every backend alike.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "src/train/fit.hpp"
#include "tests/support/backends.hpp"
#include "tests/train/training_data.hpp"

namespace minnow::test {
namespace {

/// 60 rows in batches of 16: epochs of 4 steps.
class EndingTest : public BackendTest {
 protected:
  RunResult fit(Model& model, const Training& training, const TrainingCallbacks& callbacks = {}) {
    return engine::fit(backend(), training, std::span(&model, 1), train_, validation_, callbacks).front();
  }
  static TrainingCallbacks stop_after(std::uint64_t last) {
    TrainingCallbacks callbacks;
    callbacks.step_end = [last](std::uint64_t step, std::span<const double>) { return step < last; };
    return callbacks;
  }
  std::uint64_t hash_after(int epochs) {
    Model model(small_mlp(9, 3), 1);
    fit(model, small_training(epochs, 16));
    return model.weights_hash();
  }
  /// The reference trains in double, and the model it leaves is rounded to float.
  double rounding() { return is_float() ? 0 : 1e-5; }

  Dataset train_ = byte_blobs(60, 9, 3, 1), validation_ = byte_blobs(30, 9, 3, 9);
  Model model_{small_mlp(9, 3), 1};
};
INSTANTIATE_TEST_SUITE_P(Backends, EndingTest, testing::ValuesIn(backend_cases()), backend_case_name);

/// The weights used to be those of the stop, beside figures of the rows that the epoch had seen: nothing could
/// reproduce them.
TEST_P(EndingTest, AnInterruptionWithinAnEpochFallsBackToTheLastWholeOne) {
  const RunResult result = fit(model_, small_training(5, 16), stop_after(10));
  EXPECT_EQ(result.status, RunStatus::interrupted);
  EXPECT_EQ(result.steps, 10u);
  ASSERT_EQ(result.history.size(), 3u);
  EXPECT_FALSE(result.history[1].partial);
  EXPECT_TRUE(result.history[2].partial);
  EXPECT_EQ(result.history[2].train.rows, 32u);
  EXPECT_EQ(result.history[2].validation.rows, 0u);
  EXPECT_EQ(result.weights_epoch, 2);
  EXPECT_EQ(record_of_weights(result), &result.history[1]);
  EXPECT_EQ(model_.weights_hash(), hash_after(2));
  const Metrics again = engine::evaluate(backend(), model_, validation_, Loss{});
  EXPECT_NEAR(again.loss, record_of_weights(result)->validation.loss, rounding());

  Model at_the_stop(small_mlp(9, 3), 1);
  Training ten = small_training(5, 16);
  ten.max_steps = 10;
  fit(at_the_stop, ten);
  EXPECT_TRUE(std::ranges::equal(result.last_weights, at_the_stop.parameters()));
}

TEST_P(EndingTest, AnInterruptionWithinTheFirstEpochKeepsItsSteps) {
  const RunResult result = fit(model_, small_training(5, 16), stop_after(3));
  EXPECT_EQ(result.status, RunStatus::interrupted);
  EXPECT_EQ(result.weights_epoch, 1);
  EXPECT_TRUE(record_of_weights(result)->partial);
  EXPECT_TRUE(result.last_weights.empty());
  Model same(small_mlp(9, 3), 1);
  Training three = small_training(5, 16);
  three.max_steps = 3;
  fit(same, three);
  EXPECT_EQ(model_.weights_hash(), same.weights_hash());
}

/// The epoch is whole, so it is validated; it used to have no validation figures.
TEST_P(EndingTest, AnInterruptionAtTheEndOfAnEpochFinishesIt) {
  const RunResult result = fit(model_, small_training(5, 16), stop_after(8));
  EXPECT_EQ(result.status, RunStatus::interrupted);
  ASSERT_EQ(result.history.size(), 2u);
  EXPECT_FALSE(result.history[1].partial);
  EXPECT_EQ(result.history[1].validation.rows, 30u);
  EXPECT_EQ(result.weights_epoch, 2);
  EXPECT_TRUE(result.last_weights.empty());
  EXPECT_EQ(model_.weights_hash(), hash_after(2));
}

/// A model whose own run has ended is not touched by the interruption of the others.
TEST_P(EndingTest, OnlyTheModelsThatStillTrainFallBack) {
  Training training = small_training(5, 16);
  training.models.resize(2, hyperparameters(training, 0));
  training.models[0].optimizer.learning_rate = 0;  // never better than in its first epoch
  training.models[0].early_stopping.patience = 1;
  std::array<Model, 2> shoal = {Model(small_mlp(9, 3), 1), Model(small_mlp(9, 3), 1)};
  const auto results = engine::fit(backend(), training, shoal, train_, validation_, stop_after(10));
  EXPECT_EQ(results[0].status, RunStatus::early_stopped);
  EXPECT_EQ(results[0].weights_epoch, 1);
  EXPECT_EQ(results[0].history.size(), 2u);
  EXPECT_EQ(results[1].status, RunStatus::interrupted);
  EXPECT_EQ(results[1].weights_epoch, 2);
  EXPECT_EQ(shoal[1].weights_hash(), hash_after(2));
}

/// Early stopping restores the best weights where it or the end of the run comes, not where the user stopped.
TEST_P(EndingTest, AnInterruptedRunDoesNotRestoreTheBest) {
  Training training = small_training(40, 16, OptimizerKind::sgd, 2.0f);  // a rate that soon makes things worse
  training.early_stopping.patience = 30;
  TrainingCallbacks callbacks;
  int since_best = 0;
  callbacks.epoch_end = [&](std::span<const EpochRecord> records) {
    since_best = records[0].best ? 0 : since_best + 1;
    return since_best < 2;
  };
  Model model(small_mlp(9, 3, ActivationKind::tanh), 1);
  const RunResult result = fit(model, training, callbacks);
  ASSERT_EQ(result.status, RunStatus::interrupted);
  const int last = result.history.back().epoch;
  ASSERT_EQ(result.best_epoch, last - 2);
  EXPECT_EQ(result.weights_epoch, last);
  EXPECT_EQ(record_of_weights(result), &result.history.back());
  EXPECT_TRUE(result.last_weights.empty());
  EXPECT_FALSE(std::ranges::equal(model.parameters(), result.best_weights));
  const double loss = engine::evaluate(backend(), model, validation_, Loss{}).loss;
  EXPECT_NEAR(loss, result.history.back().validation.loss, rounding() * (1 + loss));
}

TEST_P(EndingTest, EarlyStoppingNamesTheEpochThatItRestores) {
  Training training = small_training(10, 16, OptimizerKind::sgd, 0);
  training.early_stopping.patience = 2;
  const RunResult restored = fit(model_, training);
  ASSERT_EQ(restored.status, RunStatus::early_stopped);
  EXPECT_EQ(restored.weights_epoch, 1);
  EXPECT_EQ(restored.last_weights.size(), model_.parameter_count());
  training.early_stopping.restore_best = false;
  const RunResult kept = fit(model_, training);
  EXPECT_EQ(kept.weights_epoch, 3);
  EXPECT_EQ(record_of_weights(kept), &kept.history.back());
  EXPECT_TRUE(kept.last_weights.empty());
}

/// The figures of a limit are whole but for the training ones, and the weights are those of its step.
TEST_P(EndingTest, AStepLimitWithinAnEpochIsMarkedAndKept) {
  Training training = small_training(5, 16);
  training.max_steps = 6;
  const RunResult result = fit(model_, training);
  EXPECT_EQ(result.status, RunStatus::completed);
  ASSERT_EQ(result.history.size(), 2u);
  EXPECT_FALSE(result.history[0].partial);
  EXPECT_TRUE(result.history[1].partial);
  EXPECT_EQ(result.history[1].validation.rows, 30u);
  EXPECT_EQ(result.weights_epoch, 2);
  EXPECT_NEAR(engine::evaluate(backend(), model_, validation_, Loss{}).loss, result.history[1].validation.loss,
              rounding());
}

/// Where nothing is left to do, nothing was cut off: not by a request, nor by the time.
TEST_P(EndingTest, TheLastStepOfARunCompletesIt) {
  Training limited = small_training(5, 16);
  limited.max_steps = 7;
  EXPECT_EQ(fit(model_, limited, stop_after(7)).status, RunStatus::completed);
  EXPECT_EQ(fit(model_, small_training(2, 16), stop_after(8)).status, RunStatus::completed);
  EXPECT_EQ(fit(model_, limited, stop_after(6)).status, RunStatus::interrupted);
  limited.max_steps = 1;
  limited.time_limit = 1e-9f;
  EXPECT_EQ(fit(model_, limited).status, RunStatus::completed);
}

/// The epoch in whose validation the time ends is the last; one step of another used to follow.
TEST_P(EndingTest, TheTimeMayEndBetweenTwoEpochs) {
  Training training = small_training(1000, 60, OptimizerKind::sgd, 0);  // one step an epoch
  training.time_limit = 0.05f;
  TrainingCallbacks callbacks;
  callbacks.epoch_end = [&](std::span<const EpochRecord> records) {
    if (records[0].epoch == 1) std::this_thread::sleep_for(std::chrono::milliseconds(60));
    return true;
  };
  callbacks.step_end = [](std::uint64_t, std::span<const double>) { return true; };
  const RunResult result = fit(model_, training, callbacks);
  EXPECT_EQ(result.status, RunStatus::time_limit);
  EXPECT_EQ(result.history.size(), 2u) << "the limit is looked at after epoch 1's callback, then after step 2";
  EXPECT_FALSE(result.history.back().partial);
}

/// A loss that is not finite on the validation data alone is a divergence: the network has become useless.
TEST_P(EndingTest, AValidationThatIsNotFiniteIsADivergence) {
  const auto regression = [](float x) {
    return Dataset::for_regression("far", std::vector<float>(2 * 8, x), 2, std::vector<float>(2 * 8, 0), 2);
  };
  Training training = small_training(3, 8, OptimizerKind::sgd, 0);
  training.loss.kind = LossKind::mse;
  Model model(make_mlp(2, {4, 4, 4}, 2, make_activation(ActivationKind::relu), 0), 1);
  constexpr float largest = std::numeric_limits<float>::max();  // whose fifth power, squared, is more than a double
  for (const ParameterTensor& tensor : model.tensors()) {
    if (tensor.role == ParameterTensor::Role::weight)
      std::ranges::fill(model.parameters().subspan(tensor.offset, tensor.size()), largest);
  }
  const std::uint64_t initial = model.weights_hash();
  const RunResult result =
      engine::fit(backend(), training, std::span(&model, 1), regression(0), regression(largest), {}).front();
  EXPECT_EQ(result.status, RunStatus::diverged);
  ASSERT_EQ(result.history.size(), 1u);
  EXPECT_TRUE(std::isfinite(result.history[0].train.loss));
  EXPECT_FALSE(std::isfinite(result.history[0].validation.loss));
  EXPECT_EQ(result.weights_epoch, 0);
  EXPECT_EQ(record_of_weights(result), nullptr);
  EXPECT_EQ(model.weights_hash(), initial);
}

/// The steps of a divergence are taken again, from the good weights and the optimizer's state beside them: of a model
/// whose velocity alone is too large, nothing but the velocity shows where it went wrong.
TEST_P(EndingTest, ADivergenceIsFoundAgainFromTheOptimizersState) {
  const Dataset far = Dataset::for_regression("far", std::vector<float>(16, 1), 2, std::vector<float>(16, 1000), 2);
  const auto run = [&](std::span<Model> shoal, const Training& training) {
    return engine::fit(backend(), training, shoal, far, {}, {}).back();
  };
  std::array<Model, 2> shoal = {Model(small_mlp(2, 2), 1), Model(small_mlp(2, 2), 1)};
  Training training = small_training(1, 8, OptimizerKind::sgd, 1);  // all rows in one batch
  training.loss.kind = LossKind::mse;
  run(std::span(shoal.data(), 1), training);
  float largest = 0;  // gradient
  for (std::size_t i = 0; i < shoal[0].parameter_count(); ++i) {
    largest = std::max(largest, std::abs(shoal[0].parameters()[i] - shoal[1].parameters()[i]));
  }
  ASSERT_GT(largest, 1);
  // Five epochs at rate 0 leave the weights, and make the velocity 4.7 gradients; the sixth's rate makes one gradient
  // 1e38, which is a float, and the velocity 4.7e38, which is none.
  training.epochs = 6;
  training.optimizer.momentum = 0.9f;
  training.optimizer.learning_rate = 1e38f / largest;
  training.schedule = {.kind = ScheduleKind::constant, .length = 5, .factor = 0};
  const auto expect_message = [&](const RunResult& result) {
    ASSERT_EQ(result.status, RunStatus::diverged);
    EXPECT_TRUE(result.message.starts_with("end of epoch 6: the parameters of layer 'dense")) << result.message;
    EXPECT_NE(result.message.find("kept the weights of epoch 5"), std::string::npos) << result.message;
    EXPECT_EQ(result.weights_epoch, 5);
  };
  Training two = training;  // after one such epoch the velocity is 1.9 gradients, of 2e38 each
  two.epochs = 2;
  two.schedule.length = 1;
  two.optimizer.learning_rate *= 2;
  Model again = Model(small_mlp(2, 2), 1);
  const std::string message = run(std::span(&again, 1), two).message;
  EXPECT_NE(message.find("kept the weights of epoch 1"), std::string::npos) << message;
  expect_message(run(std::span(&shoal[1], 1), training));

  training.models.resize(2, {training.optimizer, training.schedule, {}});
  training.models[0].early_stopping = {.patience = 1, .monitor = {Metric::loss, false}};  // its run ends before
  shoal[0] = Model(small_mlp(2, 2), 1);
  expect_message(run(shoal, training));
}

/// The first step makes the parameters huge, the second one's output is infinite and leaves a velocity that is no
/// number: one that stayed would spoil the first step, too, when the steps are taken again.
TEST_P(EndingTest, ADivergenceIsNotFoundInWhatItLeftBehind) {
  if (GetParam().name == "reference") GTEST_SKIP() << "in double that output is finite";
  const Dataset far = Dataset::for_regression("far", std::vector<float>(16, 1), 2, std::vector<float>(16, 1000), 2);
  Model model(small_mlp(2, 2), 1);
  Training training = small_training(1, 4, OptimizerKind::sgd, 1e30f);
  training.loss.kind = LossKind::mse;
  training.optimizer.momentum = 0.9f;
  const RunResult result = engine::fit(backend(), training, std::span(&model, 1), far, {}, {}).back();
  EXPECT_TRUE(result.message.starts_with("step 2 (epoch 1): the output of layer 'dense")) << result.message;
}

/// Time in steps, so without epoch_end's; step_end's belongs to the steps.
TEST_P(EndingTest, SamplesPerSecondAreOfTheTimeSpentInSteps) {
  using std::chrono::milliseconds;
  TrainingCallbacks callbacks;
  callbacks.step_end = [](std::uint64_t, std::span<const double>) {
    std::this_thread::sleep_for(milliseconds(2));
    return true;
  };
  callbacks.epoch_end = [](std::span<const EpochRecord>) {
    std::this_thread::sleep_for(milliseconds(40));
    return true;
  };
  const RunResult result = fit(model_, small_training(3, 16), callbacks);
  const double rows = 180, in_steps = 12 * 0.002, elsewhere = 2 * 0.04;
  EXPECT_LE(result.samples_per_second, rows / in_steps);
  EXPECT_GE(result.samples_per_second, rows / (result.seconds - elsewhere));
}

/// A fit that ends early leaves the schedule where it ended, one that falls back where its weights stood.
TEST_P(EndingTest, TheScheduleGoesOnFromWhereARunEnded) {
  Training training = small_training(6, 16, OptimizerKind::sgd, 1);
  training.schedule = {.kind = ScheduleKind::multi_step, .gamma = 0.5f, .milestones = {1, 2, 3, 4}};
  const auto rate_after = [&](const Training& first, const TrainingCallbacks& callbacks) {
    engine::ScheduleProgress progress;
    Model model(small_mlp(9, 3), 1);
    engine::fit(backend(), first, std::span(&model, 1), train_, {}, callbacks, &progress);
    Training one = training;
    one.epochs = 1;
    return engine::fit(backend(), one, std::span(&model, 1), train_, {}, {}, &progress)
        .front()
        .history.front()
        .learning_rate;
  };
  Training limited = training;
  limited.max_steps = 10;  // two epochs and a half; the next one ends in the fourth
  EXPECT_EQ(rate_after(limited, {}), 0.125);
  EXPECT_EQ(rate_after(training, stop_after(8)), 0.25);
  EXPECT_EQ(rate_after(training, stop_after(10)), 0.25) << "the half epoch is done again";
}

TEST_P(EndingTest, ABatchWithoutWeightHasTheLossZero) {
  std::vector<float> weights(60, 1);
  std::fill(weights.begin(), weights.begin() + 45, 0.0f);
  train_.set_weights(std::move(weights));
  int weightless = 0;
  TrainingCallbacks callbacks;
  callbacks.step_end = [&](std::uint64_t, std::span<const double> losses) {
    EXPECT_GE(losses[0], 0) << "0 / 0 used to be told, a NaN";
    weightless += losses[0] == 0 ? 1 : 0;
    return true;
  };
  EXPECT_EQ(fit(model_, small_training(2, 2), callbacks).status, RunStatus::completed);
  EXPECT_GT(weightless, 10);
}

}  // namespace
}  // namespace minnow::test
