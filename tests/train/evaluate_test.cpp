// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "minnow/error.hpp"
#include "src/train/fit.hpp"
#include "tests/support/backends.hpp"
#include "tests/train/training_data.hpp"

namespace minnow::test {
namespace {

class EvaluateTest : public BackendTest {};

/// 1030 rows: two full passes and a rest.
TEST_P(EvaluateTest, AgreesWithItsPredictions) {
  const Dataset data = byte_blobs(1030, 9, 3, 1);
  Model model(small_mlp(9, 3, ActivationKind::mish, 0.3f), 5);
  model.preprocessing = {1.0f / 255, -0.5f};
  const Metrics metrics = engine::evaluate(backend(), model, data, Loss{});
  const std::vector<float> p = engine::predict(backend(), model, data, Head::softmax);
  ASSERT_EQ(p.size(), 3 * 1030u);
  double loss = 0, hits = 0;
  for (std::size_t row = 0; row < 1030; ++row) {
    const float* of = &p[3 * row];
    const auto label = static_cast<std::size_t>(data.labels()[row]);
    EXPECT_NEAR(of[0] + of[1] + of[2], 1, 1e-5);
    loss -= std::log(static_cast<double>(of[label]));
    hits += std::max_element(of, of + 3) - of == static_cast<std::ptrdiff_t>(label) ? 1 : 0;
  }
  EXPECT_NEAR(metrics.loss, loss / 1030, 1e-5);
  EXPECT_EQ(metrics.accuracy, hits / 1030);
  EXPECT_EQ(metrics.rows, 1030u);

  const std::vector<float> logits = engine::predict(backend(), model, data, Head::none);
  EXPECT_NEAR(logits[1] - logits[0], std::log(p[1] / p[0]), 1e-4);
}

/// 513 rows: one full pass and a rest of one row, here the only one that is worth anything.
TEST_P(EvaluateTest, ARestOfOneRowCounts) {
  Dataset data = byte_blobs(513, 9, 3, 1);
  std::vector<float> weights(513, 0);
  weights.back() = 1;
  data.set_weights(std::move(weights));
  const std::uint32_t last[] = {512};
  Model model(small_mlp(9, 3), 5);
  model.preprocessing = {data.scale(), data.shift()};
  const Metrics all = engine::evaluate(backend(), model, data, Loss{});
  EXPECT_EQ(all.rows, 513u);
  EXPECT_GT(all.loss, 0);
  const double alone = engine::evaluate(backend(), model, data.select(last), Loss{}).loss;
  EXPECT_NEAR(all.loss, alone, GetParam().strict ? 0 : 1e-5 * alone);
  const std::vector<float> outputs = engine::predict(backend(), model, data, Head::none);
  ASSERT_EQ(outputs.size(), 3 * 513u);
  const std::vector<float> of_last = engine::predict(backend(), model, data.select(last), Head::none);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(outputs[3 * 512 + i], of_last[i], GetParam().strict ? 0 : 1e-5);
}

/// A network that puts out NaN used to be evaluated as if it said class 0.
TEST_P(EvaluateTest, NanIsNeitherEvaluatedNorPredicted) {
  const Dataset data = byte_blobs(40, 9, 3, 1);
  Model model(small_mlp(9, 3), 5);
  model.preprocessing = {data.scale(), data.shift()};
  model.parameters()[model.parameter_count() - 2] = -std::numeric_limits<float>::quiet_NaN();  // a bias of class 1
  EXPECT_THROW(engine::evaluate(backend(), model, data, Loss{}), ModelError);
  EXPECT_THROW(engine::evaluate(backend(), model, data, Loss{.kind = LossKind::mse}), ModelError);
  EXPECT_THROW(engine::predict(backend(), model, data, Head::softmax), ModelError);
  EXPECT_THROW(engine::predict(backend(), model, data, Head::none), ModelError);
  EXPECT_THROW(engine::predict(backend(), model, data, static_cast<Head>(3)), UsageError);
}

/// Of an epoch whose loss is NaN nothing else is known, and the NaN has no sign.
TEST_P(EvaluateTest, AnEpochOfNanHasNoFigures) {
  Model model(small_mlp(9, 3), 5);
  model.parameters().back() = -std::numeric_limits<float>::quiet_NaN();
  Training training = small_training(1, 8);
  training.metrics = MetricsScope::all;
  const RunResult result =
      engine::fit(backend(), training, std::span(&model, 1), byte_blobs(40, 9, 3, 1), byte_blobs(9, 9, 3, 1), {})
          .front();
  EXPECT_EQ(result.status, RunStatus::diverged);
  for (const Metrics& metrics : {result.history[0].train, result.history[0].validation}) {
    EXPECT_TRUE(std::isnan(metrics.loss) && !std::signbit(metrics.loss));
    EXPECT_TRUE(std::isnan(metrics.accuracy));
    EXPECT_FALSE(metrics.classification.has_value());
  }
}

TEST_P(EvaluateTest, WhatWouldBeRefusedAfterTrainingIsRefusedBefore) {
  Dataset data = byte_blobs(40, 9, 3, 1);
  Model model(small_mlp(9, 3), 5);
  model.preprocessing = {data.scale(), data.shift()};
  check_evaluate(model, data, Loss{});
  data.set_weights(std::vector<float>(40, 0));
  EXPECT_THROW(check_evaluate(model, data, Loss{}), UsageError);
}

TEST_P(EvaluateTest, RowsDoNotDependOnTheirNeighbors) {
  const Dataset data = byte_blobs(700, 9, 3, 1);
  Model model(small_mlp(9, 3), 5);
  model.preprocessing = {data.scale(), data.shift()};
  const std::vector<float> all = engine::predict(backend(), model, data, Head::none);
  const std::uint32_t row[] = {650};
  const std::vector<float> one = engine::predict(backend(), model, data.select(row), Head::none);
  for (std::size_t i = 0; i < 3; ++i) {
    if (GetParam().strict) {
      EXPECT_EQ(one[i], all[3 * 650 + i]);
    } else {
      EXPECT_NEAR(one[i], all[3 * 650 + i], 1e-5 * std::abs(one[i]));
    }
  }
}

TEST_P(EvaluateTest, AnActivationMayComeFirst) {
  Network network = small_mlp(2, 2);
  Layer first;
  first.kind = LayerKind::activation;
  first.activation = make_activation(ActivationKind::relu);
  network.layers.insert(network.layers.begin(), first);
  const Model model(network, 1), plain(small_mlp(2, 2), 1);
  const Dataset data = Dataset::for_regression("two", {-1, 2, 3, -4}, 2, {0, 0, 0, 0}, 2);
  const Dataset bent = Dataset::for_regression("bent", {0, 2, 3, 0}, 2, {0, 0, 0, 0}, 2);
  EXPECT_EQ(engine::predict(backend(), model, data, Head::none), engine::predict(backend(), plain, bent, Head::none));
}

INSTANTIATE_TEST_SUITE_P(Backends, EvaluateTest, testing::ValuesIn(backend_cases()), backend_case_name);

TEST(EvaluateApiTest, RefusesWhatDoesNotFit) {
  Runtime runtime;
  runtime.device.kind = DeviceKind::reference;
  Model model(small_mlp(9, 3), 1);
  EXPECT_THROW(predict(model, byte_blobs(5, 9, 3, 1), Head::softmax, runtime), UsageError)
      << "a model of floats, and bytes";
  model.preprocessing = {1.0f / 255, 0};
  EXPECT_THROW(predict(model, make_blobs(5, 9, 3, 1, 1), Head::softmax, runtime), UsageError)
      << "a model of bytes, and floats";
  EXPECT_THROW(evaluate(model, byte_blobs(5, 8, 3, 1), Loss{}, runtime), UsageError);
  EXPECT_THROW(evaluate(model, Dataset(), Loss{}, runtime), UsageError);
  EXPECT_THROW(evaluate(Model(), byte_blobs(5, 9, 3, 1), Loss{}, runtime), UsageError);
  EXPECT_THROW(predict(model, byte_blobs(5, 8, 3, 1), Head::softmax, runtime), UsageError);
  EXPECT_THROW(predict(Model(), byte_blobs(5, 9, 3, 1), Head::softmax, runtime), UsageError);
  EXPECT_EQ(predict(model, byte_blobs(5, 9, 3, 1), Head::softmax, runtime).size(), 15u);
}

}  // namespace
}  // namespace minnow::test
