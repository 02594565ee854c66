// SPDX-License-Identifier: Apache-2.0
/// Networks with batch and layer normalization in training, inference and files.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

#include "minnow/error.hpp"
#include "src/train/fit.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/files.hpp"
#include "tests/train/training_data.hpp"

namespace minnow::test {
namespace {

Layer layer_of(LayerKind kind, int units = 0, ActivationKind activation = ActivationKind::linear) {
  Layer layer;
  layer.kind = kind;
  layer.units = units;
  layer.activation = make_activation(activation);
  return layer;
}

/// Linear, batch norm, activation, dropout; linear, layer norm, activation; linear.
Network normalized_net() {
  using enum LayerKind;
  Network network{
      9,
      {layer_of(dense, 8), layer_of(batch_norm), layer_of(activation, 0, ActivationKind::relu), layer_of(dropout),
       layer_of(dense, 6), layer_of(layer_norm), layer_of(activation, 0, ActivationKind::tanh), layer_of(dense, 3)}};
  network.layers[3].rate = 0.2f;
  return network;
}

class NormalizedTraining : public BackendTest {
 protected:
  std::vector<RunResult> fit(std::span<Model> shoal, const Training& training, int rows = 101) {
    return engine::fit(backend(), training, shoal, byte_blobs(rows, 9, 3, 1), byte_blobs(31, 9, 3, 5), {});
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, NormalizedTraining, testing::ValuesIn(backend_cases()), backend_case_name);

/// 101 rows in batches of 16: the last batch has 5.
TEST_P(NormalizedTraining, EachModelOfAShoalEqualsItsSoloRun) {
  std::vector<Model> shoal;
  for (std::uint64_t seed : {3, 4, 5}) shoal.emplace_back(normalized_net(), seed);
  const std::vector<RunResult> together = fit(shoal, small_training(3, 16));
  for (std::size_t m = 0; m < shoal.size(); ++m) {
    Model alone(normalized_net(), shoal[m].seed());
    const RunResult solo = fit(std::span(&alone, 1), small_training(3, 16)).front();
    EXPECT_EQ(shoal[m].weights_hash(), alone.weights_hash()) << "model " << m;
    EXPECT_EQ(together[m].history.back().validation.loss, solo.history.back().validation.loss);
  }
  EXPECT_LT(together[0].history.back().train.loss, 0.8 * together[0].history.front().train.loss);
}

const ParameterTensor& tensor_named(const Model& model, const std::string& name) {
  return *std::ranges::find(model.tensors(), name, &ParameterTensor::name);
}

TEST_P(NormalizedTraining, NoOptimizerTouchesTheRunningStatistics) {
  Network network = normalized_net();
  network.layers[1].momentum = 0;
  Model model(network, 1);
  Training training = small_training(2, 16, OptimizerKind::adamw, 0.05f);
  training.optimizer.weight_decay = 0.5f;
  fit(std::span(&model, 1), training);
  const ParameterTensor& mean = tensor_named(model, "batch_norm1.running_mean");
  const ParameterTensor& variance = tensor_named(model, "batch_norm1.running_var");
  const ParameterTensor& gamma = tensor_named(model, "batch_norm1.weight");
  for (std::size_t i = 0; i < mean.size(); ++i) {
    EXPECT_EQ(model.parameters()[mean.offset + i], 0);
    EXPECT_EQ(model.parameters()[variance.offset + i], 1);
    EXPECT_NE(model.parameters()[gamma.offset + i], 1);
  }
}

/// With momentum 1 they are those of the last batch: here the whole set, whose labels and order do not matter.
TEST_P(NormalizedTraining, RunningStatisticsAreThoseOfTheBatches) {
  for (const int rows : {50, 2}) {  // two: the fewest that have a variance
    Network network{9, {layer_of(LayerKind::batch_norm), layer_of(LayerKind::dense, 3)}};
    network.layers[0].momentum = 1;
    Model model(network, 1);
    const Dataset data = byte_blobs(rows, 9, 3, 1);
    engine::fit(backend(), small_training(1, rows), std::span(&model, 1), data, {}, {});
    const ParameterTensor& mean = tensor_named(model, "batch_norm1.running_mean");
    const ParameterTensor& variance = tensor_named(model, "batch_norm1.running_var");
    for (std::size_t j = 0; j < 9; ++j) {
      double sum = 0, squares = 0;
      for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
        const double x = std::fma(data.bytes()[row * 9 + j], model.preprocessing.scale, model.preprocessing.shift);
        sum += x;
        squares += x * x;
      }
      EXPECT_NEAR(model.parameters()[mean.offset + j], sum / rows, 1e-6) << rows;
      EXPECT_NEAR(model.parameters()[variance.offset + j], (squares - sum * sum / rows) / (rows - 1), 1e-6) << rows;
    }
  }
}

TEST_P(NormalizedTraining, InferenceUsesTheRunningStatistics) {
  Network network{2, {layer_of(LayerKind::batch_norm), layer_of(LayerKind::dense, 1)}};
  network.layers[0].epsilon = 12;
  Model model(network, 1);
  const float values[] = {2, 3, 10, 20, 1, -1, 4, 4, 1, 1, 0};  // gamma, beta, mean, variance, w, b
  std::copy(std::begin(values), std::end(values), model.parameters().begin());
  const Dataset data = Dataset::for_regression("one row", {5, -9}, 2, {0}, 1);
  // 2 (5 - 1) / 4 + 10 + 3 (-9 + 1) / 4 + 20
  const Metrics metrics = engine::evaluate(backend(), model, data, {.kind = LossKind::mse});
  EXPECT_NEAR(metrics.loss, 26.0 * 26.0, 1e-3);
}

TEST_P(NormalizedTraining, ABatchOfOneRowIsRefused) {
  Model model(normalized_net(), 1);
  for (const auto& [rows, batch] : {std::pair{101, 1}, {101, 20}, {33, 16}}) {
    try {
      fit(std::span(&model, 1), small_training(1, batch), rows);
      ADD_FAILURE() << rows << " rows in batches of " << batch;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find("layer 'batch_norm1': batch normalization of a "), std::string::npos)
          << error.what();
    }
  }
}

TEST(NormalizedModel, FilesKeepEverything) {
  const TemporaryFolder folder;
  Network network = normalized_net();
  network.layers[1].momentum = 0.25f;
  network.layers[5].epsilon = 1e-3f;
  Model model(network, 7);
  for (std::size_t i = 0; i < model.parameters().size(); ++i) model.parameters()[i] = static_cast<float>(i) / 8;
  model.save(folder.path() / "model.safetensors");
  const Model loaded = Model::load(folder.path() / "model.safetensors");
  EXPECT_EQ(loaded.network(), model.network());
  EXPECT_EQ(loaded.weights_hash(), model.weights_hash());
  EXPECT_NE(model.summary().find("batch_norm1        8          32\n"), std::string::npos) << model.summary();
}

TEST(NormalizedModel, ValuesOutsideTheirRangesAreRefused) {
  for (const float epsilon : {0.0f, -1.0f, std::nanf("")}) {
    for (const LayerKind kind : {LayerKind::batch_norm, LayerKind::layer_norm}) {
      Network network{9, {layer_of(kind), layer_of(LayerKind::dense, 3)}};
      network.layers[0].epsilon = epsilon;
      EXPECT_THROW(Model(network, 1), UsageError);
    }
  }
  for (const float momentum : {-0.1f, 1.1f, std::nanf("")}) {
    Network network{9, {layer_of(LayerKind::batch_norm), layer_of(LayerKind::dense, 3)}};
    network.layers[0].momentum = momentum;
    EXPECT_THROW(Model(network, 1), UsageError);
  }
}

}  // namespace
}  // namespace minnow::test
