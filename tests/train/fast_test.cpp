// SPDX-License-Identifier: Apache-2.0
/// Training in fast numerics, whose products come from cuBLAS and are summed in its order, against strict numerics and
/// the double reference.
#include <gtest/gtest.h>

#include <cmath>

#include "src/train/fit.hpp"
#include "src/train/gradient_bound.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/comparer.hpp"
#include "tests/train/weight_hash_runs.hpp"

namespace minnow::test {
namespace {

/// One batch, so that an epoch is a step.
Dataset one_batch(int rows) {
  const Dataset bytes = byte_blobs(rows, 784, 10, 5);
  std::vector<float> values;
  for (const std::uint8_t byte : bytes.bytes()) values.push_back(static_cast<float>(byte) / 255);
  const std::span<const std::int32_t> labels = bytes.labels();
  return Dataset::from_floats("floats", std::move(values), 784, {labels.begin(), labels.end()}, 10);
}

class CudaFastTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const std::string reason = kernels::cuda_unavailable_reason();
    if (!reason.empty()) GTEST_SKIP() << reason;
    fast_ = kernels::make_cuda_backend(0, Numerics::fast, 0);  // else these nets' products are the strict ones
    strict_ = kernels::make_cuda_backend(0, Numerics::strict);
    for (HashRun& run : hash_runs()) {
      if (run.name == GetParam()) run_ = std::move(run);
    }
    batch_ = one_batch(run_.training.batch);
  }

  Model start(std::uint64_t seed, std::span<const float> parameters) {
    Model model(run_.network, seed);
    std::copy(parameters.begin(), parameters.end(), model.parameters().begin());
    return model;
  }
  RunResult train(kernels::Backend& backend, Model& model, std::uint64_t steps, const Dataset& data) {
    Training training = run_.training;
    training.epochs = static_cast<int>(steps);
    training.max_steps = steps;
    return engine::fit(backend, training, std::span(&model, 1), data, {}, {}).front();
  }

  std::vector<double> limits_of_first_step(const Model& model);

  HashRun run_;
  Dataset data_ = hash_data(), batch_;
  std::unique_ptr<kernels::Backend> fast_, strict_;
};

/// Both gradients lie within b of the exact g, where b is the gradient check's bound (docs/numerics.md). The first step
/// of either optimizer is a growing function of the gradient, rate g for SGD and rate g / (|g| + epsilon) for Adam: so
/// both steps lie between that of g - b and that of g + b, but for the rounding of at most 10 operations on the step
/// and of one on the parameter. Errors of later steps grow by the curvature of the loss, which no rounding analysis
/// bounds.
std::vector<double> CudaFastTest::limits_of_first_step(const Model& model) {
  const auto reference = kernels::make_reference_backend();
  // Masks belong to places in the batch, so its rows must stand in the epoch's order.
  std::vector<std::uint32_t> order(static_cast<std::size_t>(batch_.rows()));
  const std::uint64_t seeds[] = {model.seed()};
  reference->shuffle(order.data(), static_cast<std::uint32_t>(order.size()), seeds, 1);
  const Dataset batch = batch_.select(order);
  engine::GradientRig rig(*reference, model.network(), batch, run_.training.loss, seeds);
  rig.upload(0, model.parameters());
  rig.compute_gradients();
  const std::vector<std::vector<double>> bounds = engine::gradient_bounds(rig, 0, model, batch);

  const Optimizer& optimizer = run_.training.optimizer;
  const auto rate = static_cast<double>(optimizer.learning_rate), u = unit_roundoff(sizeof(float));
  const auto step = [&](double g) {
    return optimizer.kind == OptimizerKind::sgd ? rate * g
                                                : rate * g / (std::abs(g) + static_cast<double>(optimizer.epsilon));
  };
  std::vector<double> limits;
  for (std::size_t t = 0; t < bounds.size(); ++t) {
    const std::vector<double> gradient = rig.gradient(static_cast<int>(t), 0);
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const double low = step(gradient[i] - bounds[t][i]), high = step(gradient[i] + bounds[t][i]);
      const double largest = std::max(std::abs(low), std::abs(high));
      const auto parameter = std::abs(static_cast<double>(model.parameters()[limits.size()]));
      limits.push_back(high - low + 2 * u * (10 * largest + parameter + largest));
    }
  }
  return limits;
}

TEST_P(CudaFastTest, AStepEndsWithinTheBoundOfItsGradientAlongARunOf300Steps) {
  for (std::uint64_t steps = 0; steps <= 300; steps += 100) {
    Model way = start(1, {});
    if (steps > 0) train(*strict_, way, steps, data_);
    const std::uint64_t seed = 1 + steps / 100;  // of the masks
    Model fast = start(seed, way.parameters()), strict = start(seed, way.parameters());
    const std::vector<double> limits = limits_of_first_step(fast);
    train(*fast_, fast, 1, batch_);
    train(*strict_, strict, 1, batch_);
    EXPECT_TRUE(within(widen(fast.parameters()), widen(strict.parameters()), limits)) << "after " << steps << " steps";
  }
}

TEST_P(CudaFastTest, StepsRepeatAndTheirLossesAreThoseOfStrictNumerics) {
  Model fast = start(1, {}), again = start(1, {}), strict = start(1, {});
  const RunResult result = train(*fast_, fast, 10, batch_), expected = train(*strict_, strict, 10, batch_);
  train(*fast_, again, 10, batch_);
  for (std::size_t i = 0; i < 10; ++i) {
    const double loss = expected.history.at(i).train.loss;
    EXPECT_NEAR(result.history.at(i).train.loss, loss, 1e-5 * loss) << "step " << i + 1;
  }
  EXPECT_EQ(fast.weights_hash(), again.weights_hash());
  EXPECT_NE(fast.weights_hash(), strict.weights_hash()) << "not another order of summation";
}

/// The losses of the epochs are compared with the double reference's, since two runs in float may lie twice as far from
/// each other. The limit is no bound but the promise of docs/numerics.md, which gives the measured distances.
TEST_P(CudaFastTest, LossesOf300StepsAreThoseOfStrictNumericsAndTheExactOnes) {
  const auto reference = kernels::make_reference_backend();
  Model fast = start(1, {}), again = start(1, {}), strict = start(1, {}), exact = start(1, {});
  const RunResult result = train(*fast_, fast, 300, data_), expected = train(*reference, exact, 300, data_);
  train(*fast_, again, 300, data_);
  train(*strict_, strict, 300, data_);
  const auto loss_of = [&](const Model& m) { return engine::evaluate(*reference, m, data_, run_.training.loss).loss; };
  EXPECT_NEAR(loss_of(fast), loss_of(strict), 1e-5 * loss_of(strict));
  ASSERT_EQ(result.steps, 300u);
  ASSERT_EQ(result.history.size(), expected.history.size());
  for (std::size_t i = 0; i < result.history.size(); ++i) {
    const double loss = expected.history[i].train.loss;
    EXPECT_NEAR(result.history[i].train.loss, loss, 1e-5 * loss) << "epoch " << i + 1;
  }
  EXPECT_EQ(fast.weights_hash(), again.weights_hash());
}

INSTANTIATE_TEST_SUITE_P(Runs, CudaFastTest, testing::Values("W0", "W1", "gelu_dropout_adam"),
                         [](const auto& run) { return run.param; });

}  // namespace
}  // namespace minnow::test
