// SPDX-License-Identifier: Apache-2.0
/// One weight hash on every instruction set, number of threads, optimization level, schedule of the emulation and
/// strict device. The expected values stand in weight_hash_runs.hpp: any build on any machine compares itself with all
/// others.
#include <gtest/gtest.h>

#include "src/train/fit.hpp"
#include "tests/support/backends.hpp"
#include "tests/train/weight_hash_runs.hpp"

namespace minnow::test {
namespace {

class WeightHashTest : public BackendTest {
 protected:
  std::uint64_t hash_after(const HashRun& run, std::uint64_t steps) {
    Training training = run.training;
    training.max_steps = steps;
    Model model(run.network, 1);
    engine::fit(backend(), training, std::span(&model, 1), hash_data(), {}, {});
    return model.weights_hash();
  }
};

TEST_P(WeightHashTest, IsTheSameAfter20Steps) {
  for (const HashRun& run : hash_runs()) EXPECT_EQ(hash_after(run, 20), run.hash_after_20) << run.name;
}

TEST_P(WeightHashTest, IsTheSameAfter300Steps) {
  for (const HashRun& run : hash_runs()) EXPECT_EQ(hash_after(run, 300), run.hash_after_300) << run.name;
}

INSTANTIATE_TEST_SUITE_P(Backends, WeightHashTest, testing::ValuesIn(strict_backend_cases()), backend_case_name);

}  // namespace
}  // namespace minnow::test
