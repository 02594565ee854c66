// SPDX-License-Identifier: Apache-2.0
/// How far the host runs ahead of the device, where a step takes the device 5 ms and the host next to nothing: streams
/// do their work only when something waits for it, so without a throttle the host is a whole epoch ahead.
#include <gtest/gtest.h>

#include "src/train/fit.hpp"
#include "tests/emulation/emulation.hpp"
#include "tests/support/backends.hpp"
#include "tests/train/training_data.hpp"

namespace minnow::test {
namespace {

constexpr std::chrono::milliseconds step_time{5};
/// Two windows of 20 ms.
constexpr std::uint64_t most_ahead = 8;

class ThrottleTest : public BackendTest {
 protected:
  /// One epoch of `steps` steps.
  RunResult fit(int steps, const TrainingCallbacks& callbacks, float time_limit = 0) {
    Training training = small_training(1, 4);
    training.time_limit = time_limit;
    Model model(small_mlp(3, 2), 1);
    first_ = emulation::counters().graphs;
    return engine::fit(backend(), training, std::span(&model, 1), byte_blobs(4 * steps, 3, 2, 1), {}, callbacks)
        .front();
  }
  std::uint64_t done() const { return emulation::counters().graphs - first_; }

 private:
  emulation::ScopedSettings scope_{{emulation::Schedule::sequential, emulation::Streams::deferred, 1, step_time}};
  std::uint64_t first_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Backends, ThrottleTest, testing::ValuesIn(strict_cuda_cases()), backend_case_name);

TEST_P(ThrottleTest, TheHostIsNeverMoreThanTwoWindowsAhead) {
  std::uint64_t steps = 0, farthest = 0;
  TrainingCallbacks callbacks;
  callbacks.stop_requested = [&] {
    farthest = std::max(farthest, ++steps - done());
    return false;
  };
  EXPECT_EQ(fit(100, callbacks).steps, 100u);
  EXPECT_LE(farthest, most_ahead);
  EXPECT_GE(farthest, 3u) << "the device is left without work";
}

TEST_P(ThrottleTest, ATimeLimitIsAboutStepsThatAreDone) {
  const RunResult result = fit(1000, {}, 0.1f);
  EXPECT_EQ(result.status, RunStatus::time_limit);
  EXPECT_LE(result.steps, 100 / step_time.count() + most_ahead);
}

TEST_P(ThrottleTest, AStopIsAboutStepsThatAreDone) {
  TrainingCallbacks callbacks;
  callbacks.stop_requested = [&] { return done() >= 20; };
  const RunResult result = fit(1000, callbacks);
  EXPECT_EQ(result.status, RunStatus::interrupted);
  EXPECT_LE(result.steps, 20 + 2 * most_ahead);
}

TEST_P(ThrottleTest, ProgressIsAboutStepsThatAreDone) {
  int calls = 0;
  TrainingCallbacks callbacks;
  callbacks.progress = [&](int, std::uint64_t step, std::uint64_t, std::span<const double>) {
    ++calls;
    EXPECT_LE(step, done() + most_ahead);
  };
  fit(100, callbacks);
  EXPECT_GE(calls, 3) << "in half a second";
}

}  // namespace
}  // namespace minnow::test
