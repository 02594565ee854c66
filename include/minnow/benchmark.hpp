// SPDX-License-Identifier: Apache-2.0
/// Timing of training steps, verified before they are timed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "minnow/config.hpp"
#include "minnow/dataset.hpp"

namespace minnow {

/// A network and batch that is timed under one name everywhere: W0 to W4, and S1b: W3 with dropout, decay
/// and schedule.
struct Workload {
  std::string name;         ///< "W0"
  std::string description;  ///< "784-128-64-10 relu, batch 64, sgd"
  Network network;
  Training training;
  double flops_per_step = 0;  ///< 2 B (3 P - P1), P weights, P1 those of the first layer
};
std::vector<Workload> benchmark_workloads();
/// Any network and training as a workload: fills in description and flops_per_step. Throws UsageError for a network
/// that is not valid.
Workload make_workload(std::string name, Network network, Training training);

/// Times of one workload on one device; the samples are microseconds per step, one per round.
struct StepTiming {
  std::string workload;
  std::string device;
  std::vector<double> microseconds;
  double median = 0;  ///< microseconds per step
  double spread = 0;  ///< (largest - smallest) / median of the rounds
  double samples_per_second = 0;
  double gflops = 0;
  double gemm_share = 0;           ///< gflops / this machine's measured GEMM rate on that device
  std::uint64_t weights_hash = 0;  ///< after the steps that were verified
};

/// Rows of the data that are drawn for benchmarks: as many as MNIST has for training, so that a batch's rows are as far
/// apart in memory as they are there.
inline constexpr int benchmark_rows = 50000;

/// benchmark_rows of uniform noise with random labels in the workload's shape: bytes for 784 inputs, else floats in
/// [-1, 1). Unlike images it has hardly a zero, so no product is spared.
Dataset make_noise(const Workload& workload);

/// Trains a workload's steps again and again on one device.
class StepBenchmark {
 public:
  /// Throws UsageError if `data` does not fit the workload's network, MemoryError, before anything is allocated, where
  /// the host has no room for so many models.
  StepBenchmark(const Workload& workload, const Dataset& data, const Runtime& runtime, int models = 1);
  ~StepBenchmark();
  StepBenchmark(StepBenchmark&&) noexcept;
  StepBenchmark& operator=(StepBenchmark&&) noexcept;

  std::string device() const;
  /// Restarts from the initial weights, takes `steps` steps and returns the parameters of all models.
  std::vector<float> train(int steps);
  /// Likewise, and returns the mean loss of each model's batch at each step, before its update: [steps, M].
  std::vector<double> losses(int steps);
  /// The rows of the first epoch in the order in which each model reads them: [M, N].
  std::vector<std::uint32_t> order();
  /// Microseconds per step over `steps` steps, from the present weights; includes no read-back.
  double time(int steps);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// GFLOP/s of the backend's own GEMM on a product large enough to reach its ceiling.
double measure_gemm_rate(const Runtime& runtime);

}  // namespace minnow
