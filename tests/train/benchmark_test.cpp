// SPDX-License-Identifier: Apache-2.0
#include "minnow/benchmark.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "minnow/error.hpp"
#include "minnow/model.hpp"

namespace minnow::test {
namespace {

Runtime cpu() {
  Runtime runtime;
  runtime.device.kind = DeviceKind::cpu;
  runtime.threads = 1;
  return runtime;
}

Workload w2() {
  return benchmark_workloads()[2];
}

const Dataset& noise() {
  static const Dataset dataset = make_noise(w2());
  return dataset;
}

TEST(BenchmarkTest, WorkloadsAreTheNamedOnes) {
  const std::vector<Workload> workloads = benchmark_workloads();
  ASSERT_EQ(workloads.size(), 6u);
  EXPECT_EQ(workloads[0].name, "W0");
  EXPECT_EQ(workloads[0].description, "784-128-64-10 relu, batch 64, sgd");
  EXPECT_EQ(workloads[3].description, "128-120-112-96-64-48-32-24-16-10 elu, batch 32, adam");
  EXPECT_EQ(workloads[5].description,
            "128-120-112-96-64-48-32-24-16-10 elu, batch 32, adam with decay, dropout, multi_step");
  const double mflops[] = {29.08, 14.26, 1.43,
                           8.93,  410.8, 8.93};  // weights alone are some 0.1 % fewer than parameters
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(workloads[i].flops_per_step * 1e-6, mflops[i], 0.02 * mflops[i]) << workloads[i].name;
  }
}

TEST(BenchmarkTest, TrainingRestartsAndTimingGoesOn) {
  const Workload workload = w2();
  StepBenchmark benchmark(workload, noise(), cpu());
  EXPECT_EQ(benchmark.device(), "cpu");
  const std::vector<float> once = benchmark.train(5);
  EXPECT_EQ(once.size(), Model(workload.network, 1).parameter_count());
  const double microseconds = benchmark.time(800);  // over the end of an epoch
  EXPECT_GT(microseconds, 0);
  EXPECT_LT(microseconds, 1e6);
  EXPECT_EQ(benchmark.train(5), once);
  EXPECT_NE(benchmark.train(6), once);
  EXPECT_THROW(benchmark.time(0), UsageError);
}

TEST(BenchmarkTest, EveryModelOfAShoalStartsAlike) {
  const std::vector<float> initial = StepBenchmark(w2(), noise(), cpu()).train(0);
  StepBenchmark shoal(w2(), noise(), cpu(), 2);
  const std::vector<float> both = shoal.train(0);
  EXPECT_EQ(both.size(), 2 * initial.size());
  EXPECT_TRUE(std::equal(initial.begin(), initial.end(), both.begin()));
  EXPECT_THROW(StepBenchmark(w2(), noise(), cpu(), 0), UsageError);
}

/// What bench hands out to other programs: with these losses they are compared.
TEST(BenchmarkTest, LossesAreThoseOfTheDoubleReferenceStepByStep) {
  Runtime oracle = cpu();
  oracle.device.kind = DeviceKind::reference;
  StepBenchmark benchmark(w2(), noise(), cpu(), 2), reference(w2(), noise(), oracle, 2);
  const std::vector<double> losses = benchmark.losses(20), expected = reference.losses(20);
  ASSERT_EQ(losses.size(), 40u);  // [steps, models]
  for (std::size_t i = 0; i < losses.size(); ++i) {
    EXPECT_NEAR(losses[i], expected[i], 1e-6 * expected[i]) << i;  // measured: 2e-7
    if (i >= 2) {
      EXPECT_NE(losses[i], losses[i - 2]) << i;
    }
  }
  EXPECT_NE(losses[0], losses[1]);
  EXPECT_EQ(benchmark.losses(3), std::vector<double>(losses.begin(), losses.begin() + 6));
}

/// They were NaN, in what is handed out, too.
TEST(BenchmarkTest, ABatchWithoutWeightHasTheLoss0) {
  Training training;
  training.batch = 1;
  const Workload workload =
      make_workload("mine", make_mlp(6, {}, 3, make_activation(ActivationKind::relu), 0), training);
  Dataset data = make_blobs(2, 6, 3, 1, 1);
  data.set_weights({0, 1});
  std::vector<double> losses = StepBenchmark(workload, data, cpu()).losses(2);
  std::ranges::sort(losses);
  EXPECT_EQ(losses[0], 0);
  EXPECT_GT(losses[1], 0);
}

TEST(BenchmarkTest, TheOrderIsThatOfTheFirstSteps) {
  StepBenchmark benchmark(w2(), noise(), cpu());
  const std::vector<std::uint32_t> order = benchmark.order();
  ASSERT_EQ(order.size(), static_cast<std::size_t>(benchmark_rows));
  // The mean loss of the rows that the order names first is the first step's.
  Model model(w2().network, 1);
  model.preprocessing = {noise().scale(), noise().shift()};
  const Dataset batch = noise().select(std::span(order).first(64));
  EXPECT_NEAR(evaluate(model, batch, {}, cpu()).loss, benchmark.losses(1)[0], 1e-6);
}

TEST(BenchmarkTest, AnyNetworkIsAWorkload) {
  Training training;
  training.optimizer.weight_decay = 0.1f;
  training.batch = 20;
  Network network = make_mlp(6, {5, 4}, 3, make_activation(ActivationKind::gelu), 0.5f);
  const Workload workload = make_workload("mine", network, training);
  EXPECT_EQ(workload.description, "6-5-4-3 gelu, batch 20, adam with decay, dropout");
  EXPECT_EQ(workload.flops_per_step, 2.0 * 20 * (3 * (30 + 20 + 12) - 30));
  const Dataset data = make_blobs(100, 6, 3, 1, 1);
  EXPECT_GT(StepBenchmark(workload, data, cpu()).time(3), 0);
  network.inputs = 0;
  EXPECT_THROW(make_workload("mine", network, training), UsageError);
}

/// Before, the models were made one after the other until the machine's memory was full.
TEST(BenchmarkTest, MoreModelsThanTheHostHasRoomForAreRefusedAtOnce) {
  EXPECT_THROW(StepBenchmark(w2(), noise(), cpu(), 2147483647), MemoryError);
}

TEST(BenchmarkTest, DataMustFitTheNetwork) {
  const Workload w3 = benchmark_workloads()[3];
  EXPECT_EQ(make_noise(w3).features(), 128);
  EXPECT_THROW(StepBenchmark(w3, noise(), cpu()), UsageError);
  EXPECT_THROW(StepBenchmark(w2(), make_blobs(100, 784, 11, 1, 1), cpu()), UsageError);
}

TEST(BenchmarkTest, GemmRateIsMeasured) {
  const double rate = measure_gemm_rate(cpu());
  EXPECT_GT(rate, 0.01);
  EXPECT_TRUE(std::isfinite(rate));
}

}  // namespace
}  // namespace minnow::test
