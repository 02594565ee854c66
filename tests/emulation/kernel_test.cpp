// SPDX-License-Identifier: Apache-2.0
// Kernels under the emulation: indices, schedules, barriers, warp operations, atomics, shared memory, launch limits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <minnow/error.hpp>
#include <numeric>
#include <set>
#include <vector>

#include "tests/emulation/device_buffer.hpp"
#include "tests/emulation/emulation.hpp"
#include "tests/emulation/sample_kernels.hpp"
#include "tests/emulation/sanitizer.hpp"

namespace emulation::test {
namespace {

class EmulatedKernel : public testing::TestWithParam<Schedule> {
 private:
  ScopedSettings scope_{{GetParam(), Streams::eager, 7}};
};

std::string name_of(const testing::TestParamInfo<Schedule>& parameter) {
  static constexpr const char* names[] = {"sequential", "reverse", "random", "sticky"};
  return names[static_cast<int>(parameter.param)];
}

INSTANTIATE_TEST_SUITE_P(Schedules, EmulatedKernel,
                         testing::Values(Schedule::sequential, Schedule::reverse, Schedule::random, Schedule::sticky),
                         name_of);

std::vector<int> order_of_threads(unsigned blocks) {
  const DeviceBuffer<int> order(blocks * std::size_t{64});
  const DeviceBuffer<int> next(std::vector<int>{0});
  sample::record_order(order.data(), next.data(), blocks);
  return order.values();
}

TEST_P(EmulatedKernel, RunsEveryThreadOnceInItsOrder) {
  std::vector<int> order = order_of_threads(5);
  std::vector<int> ascending(order.size());
  std::iota(ascending.begin(), ascending.end(), 0);
  const bool chosen = GetParam() == Schedule::random || GetParam() == Schedule::sticky;
  EXPECT_EQ(order == ascending, GetParam() == Schedule::sequential);
  EXPECT_EQ(std::ranges::is_sorted(order, std::ranges::greater{}), GetParam() == Schedule::reverse);
  EXPECT_EQ(chosen, order != ascending && !std::ranges::is_sorted(order, std::ranges::greater{}));
  if (GetParam() == Schedule::sticky) {
    for (std::size_t i = 0; i < order.size(); ++i)
      EXPECT_EQ(order[i] / 32, order[i / 32 * 32] / 32) << "a warp at a time";
  }
  std::ranges::sort(order);
  EXPECT_EQ(order, ascending);
}

TEST_P(EmulatedKernel, SeedRepeatsTheOrder) {
  const std::vector<int> first = order_of_threads(3);
  configure({GetParam(), Streams::eager, 7});
  EXPECT_EQ(order_of_threads(3), first);
  configure({GetParam(), Streams::eager, 8});
  const bool chosen = GetParam() == Schedule::random || GetParam() == Schedule::sticky;
  EXPECT_EQ(order_of_threads(3) != first, chosen);
}

TEST_P(EmulatedKernel, NumbersThreeDimensions) {
  const DeviceBuffer<int> numbers(16 * 6 * 4);
  sample::number_threads(numbers.data());
  std::vector<int> expected(16 * 6 * 4);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(numbers.values(), expected);
}

TEST_P(EmulatedKernel, ReducesBlocks) {
  for (const unsigned threads : {32U, 96U, 1024U}) {
    const std::vector<float> x = ramp(std::size_t{3} * threads);
    const DeviceBuffer<float> from(x);
    const DeviceBuffer<float> sums(3);
    sample::block_sums(sums.data(), from.data(), 3, threads);
    for (unsigned block = 0; block < 3; ++block) {
      const auto begin = x.begin() + block * threads;
      EXPECT_EQ(sums.values()[block], std::accumulate(begin, begin + threads, 0.0f)) << threads;
    }
  }
}

TEST_P(EmulatedKernel, TransposesThroughSharedMemory) {
  constexpr int rows = 19, cols = 13;
  const std::vector<float> x = ramp(rows * cols);
  const DeviceBuffer<float> from(x);
  const DeviceBuffer<float> to(x.size());
  sample::transpose(to.data(), from.data(), rows, cols);
  const std::vector<float> y = to.values();
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < cols; ++j)
      EXPECT_EQ(y[static_cast<std::size_t>(j * rows + i)], x[static_cast<std::size_t>(i * cols + j)]);
  }
}

TEST_P(EmulatedKernel, ResolvesWarpOperations) {
  const DeviceBuffer<int> device(10 * 32);
  sample::warp_results(device.data());
  const std::vector<int> results = device.values();
  for (int lane = 0; lane < 32; ++lane) {
    const int expected[] = {5,
                            lane / 8 * 8 + 1,
                            lane < 3 ? lane : lane - 3,
                            lane % 16 + 3 < 16 ? lane + 3 : lane,
                            lane ^ 1,
                            lane >= 16 ? lane - 16 : lane,
                            0x49249249,
                            1,
                            0,
                            lane < 16 ? 2 : 18};
    for (int row = 0; row < 10; ++row) {
      EXPECT_EQ(results[static_cast<std::size_t>(32 * row + lane)], expected[row])
          << "row " << row << ", lane " << lane;
    }
  }
}

TEST_P(EmulatedKernel, CountsVotes) {
  const DeviceBuffer<int> result(3);
  sample::votes(result.data());
  EXPECT_EQ(result.values(), (std::vector<int>{10, 0, 1}));
}

TEST_P(EmulatedKernel, UpdatesAtomically) {
  sample::Atomics start{};
  start.least = std::numeric_limits<int>::max();
  const DeviceBuffer<sample::Atomics> device(std::vector<sample::Atomics>{start});
  sample::atomics(device.data());
  const sample::Atomics end = device.values()[0];
  EXPECT_EQ(end.count, 768);
  EXPECT_EQ(end.least, 0);
  EXPECT_EQ(end.greatest, 767);
  EXPECT_EQ(end.total, 0 + 256 + 512);
}

TEST_P(EmulatedKernel, StartsEveryBlockWithNanInSharedMemory) {
  const DeviceBuffer<float> device(64);
  sample::fresh_shared(device.data());
  for (const float value : device.values()) EXPECT_TRUE(std::isnan(value));
}

TEST(EmulatedLaunch, KeepsTheLimitsOfADevice) {
  EXPECT_NO_THROW(sample::nothing(0, 64));
  EXPECT_NO_THROW(sample::nothing(1, 1024));
  EXPECT_THROW(sample::nothing(1, 1025), minnow::DeviceError);
  EXPECT_NO_THROW(sample::use_dynamic_shared(48 * 1024, false));
  EXPECT_THROW(sample::use_dynamic_shared(48 * 1024 + 1, false), minnow::DeviceError);
  EXPECT_NO_THROW(sample::use_dynamic_shared(227 * 1024, true));
  EXPECT_THROW(sample::use_dynamic_shared(228 * 1024, true), minnow::DeviceError);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess) << "a refused launch clears its error: Thrust would take it for its own";
}

TEST(EmulatedLaunch, MakesAFiberOnlyOfThreadsThatWait) {
  if (under_tsan()) GTEST_SKIP() << "ThreadSanitizer needs a stack for each thread";
  const ScopedSettings scope({});
  const DeviceBuffer<float> x(ramp(1024));
  const DeviceBuffer<float> y(ramp(1024));
  const std::uint64_t before = counters().switches;
  sample::saxpy(2, x.data(), y.data(), 1024);
  EXPECT_LE(counters().switches - before, 2U * 8) << "there and back for each block of 128 threads";
}

}  // namespace
}  // namespace emulation::test
