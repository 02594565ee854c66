// SPDX-License-Identifier: Apache-2.0
/// Prints "name hash" for each run of weight_hash_runs.hpp, to compare builds, processors and devices.
/// Usage: weight_hash [device [steps [threads]]]   (cpu, 300, 1; CUDA in strict numerics)
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tests/train/weight_hash_runs.hpp"

int main(int argc, char** argv) {
  using namespace minnow;
  try {
    Runtime runtime;
    runtime.device = parse_device(argc > 1 ? argv[1] : "cpu");
    runtime.threads = argc > 3 ? std::atoi(argv[3]) : 1;
    runtime.numerics = Numerics::strict;
    const Dataset data = test::hash_data();
    for (const test::HashRun& run : test::hash_runs()) {
      Training training = run.training;
      training.max_steps = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 300;
      Model model(run.network, 1);
      Trainer(training, runtime).fit(model, data, Dataset());
      std::printf("%s %016llx\n", run.name.c_str(), static_cast<unsigned long long>(model.weights_hash()));
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
