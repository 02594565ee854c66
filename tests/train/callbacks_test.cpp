// SPDX-License-Identifier: Apache-2.0
/// What a run tells its callbacks, and how they end it, on every backend.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "src/train/fit.hpp"
#include "tests/support/backends.hpp"
#include "tests/train/training_data.hpp"

namespace minnow::test {
namespace {

class CallbacksTest : public BackendTest {
 protected:
  RunResult fit(Model& model, const Training& training, const Dataset& train, const TrainingCallbacks& callbacks = {}) {
    return engine::fit(backend(), training, std::span(&model, 1), train, {}, callbacks).front();
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, CallbacksTest, testing::ValuesIn(backend_cases()), backend_case_name);

TEST_P(CallbacksTest, StopRequestFinishesTheStep) {
  int asked = 0, told = 0;
  TrainingCallbacks callbacks;
  callbacks.stop_requested = [&] { return ++asked == 6; };
  callbacks.epoch_end = [&](std::span<const EpochRecord> records) {
    EXPECT_EQ(records[0].steps, ++told == 1 ? 4u : 6u) << "the epoch that was cut short is told of, too";
    return true;
  };
  Model model(small_mlp(9, 3), 1), same(small_mlp(9, 3), 1);
  const RunResult result = fit(model, small_training(5, 16), byte_blobs(60, 9, 3, 1), callbacks);
  EXPECT_EQ(result.status, RunStatus::interrupted);
  EXPECT_EQ(result.steps, 6u);
  EXPECT_EQ(told, 2);
  Training training = small_training(5, 16);
  training.max_steps = 6;
  fit(same, training, byte_blobs(60, 9, 3, 1));
  EXPECT_TRUE(std::ranges::equal(result.last_weights, same.parameters()));
}

TEST_P(CallbacksTest, ShowsTheWeightsOfEveryEpochIfAsked) {
  const Dataset train = byte_blobs(60, 9, 3, 1);
  std::vector<std::uint64_t> hashes;
  std::array<Model, 2> shoal = {Model(small_mlp(9, 3), 1), Model(small_mlp(9, 3), 2)};
  TrainingCallbacks callbacks;
  callbacks.weights_each_epoch = true;
  callbacks.epoch_end = [&](std::span<const EpochRecord> records) {
    EXPECT_EQ(records[1].weights_hash, shoal[1].weights_hash());
    EXPECT_EQ(shoal[1].preprocessing, (Preprocessing{train.scale(), train.shift()}));
    hashes.push_back(records[1].weights_hash);
    return true;
  };
  engine::fit(backend(), small_training(3, 16), shoal, train, {}, callbacks);
  ASSERT_EQ(hashes.size(), 3u);
  for (int epochs = 1; epochs <= 3; ++epochs) {
    Model alone(small_mlp(9, 3), 2);
    fit(alone, small_training(epochs, 16), train);
    EXPECT_EQ(hashes[static_cast<std::size_t>(epochs) - 1], alone.weights_hash()) << "epoch " << epochs;
  }
}

/// 60 rows in batches of 16: an epoch's loss is the mean of its steps' losses, weighted by their rows.
TEST_P(CallbacksTest, StepCallbackSeesEveryLossAndMayStop) {
  std::vector<double> first, second;
  int ends = 0;
  TrainingCallbacks callbacks;
  callbacks.step_end = [&](std::uint64_t step, std::span<const double> losses) {
    EXPECT_EQ(losses.size(), 2u);
    first.push_back(losses[0]);
    second.push_back(losses[1]);
    EXPECT_EQ(step, first.size());
    return step < 6;
  };
  callbacks.run_end = [&](std::span<const RunResult> results) {
    ++ends;
    EXPECT_EQ(results.size(), 2u);
    EXPECT_EQ(results[1].steps, 6u);
  };
  std::array<Model, 2> shoal = {Model(small_mlp(9, 3), 1), Model(small_mlp(9, 3), 2)};
  const auto results = engine::fit(backend(), small_training(5, 16), shoal, byte_blobs(60, 9, 3, 1), {}, callbacks);
  EXPECT_EQ(results[0].status, RunStatus::interrupted);
  EXPECT_EQ(ends, 1);
  ASSERT_EQ(second.size(), 6u);
  const double mean = (16 * (second[0] + second[1] + second[2]) + 12 * second[3]) / 60;
  EXPECT_NEAR(results[1].history[0].train.loss, mean, 1e-12);
  EXPECT_NEAR(results[1].history[1].train.loss, (second[4] + second[5]) / 2, 1e-12);
  EXPECT_NE(first[0], second[0]);
}

TEST_P(CallbacksTest, CallbackEndsTheRun) {
  TrainingCallbacks callbacks;
  callbacks.epoch_end = [&](std::span<const EpochRecord> records) { return records[0].epoch < 2; };
  Model model(small_mlp(9, 3), 1);
  const RunResult result = fit(model, small_training(5, 16), byte_blobs(60, 9, 3, 1), callbacks);
  EXPECT_EQ(result.status, RunStatus::interrupted);
  EXPECT_EQ(result.history.size(), 2u);
  const RunResult whole = fit(model, small_training(2, 16), byte_blobs(60, 9, 3, 1), callbacks);
  EXPECT_EQ(whole.status, RunStatus::completed) << "nothing was left to be interrupted";
}

}  // namespace
}  // namespace minnow::test
