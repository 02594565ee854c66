// SPDX-License-Identifier: Apache-2.0
#include "minnow/benchmark.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

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
