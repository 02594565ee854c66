// SPDX-License-Identifier: Apache-2.0
// Planted faults that only an order of execution shows, or ThreadSanitizer: races, missing waits, missing edges.
#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "tests/emulation/device_buffer.hpp"
#include "tests/emulation/emulation.hpp"
#include "tests/emulation/planted_faults.hpp"
#include "tests/emulation/sanitized.hpp"

// Read by ThreadSanitizer: a program that has reported something would wait for a second before it ends.
extern "C" const char* __tsan_default_options() {
  return "atexit_sleep_ms=0";
}  // NOLINT: the sanitizer's name

namespace emulation::test {
namespace {

constexpr Schedule all_schedules[] = {Schedule::sequential, Schedule::reverse, Schedule::random, Schedule::sticky};

class PlantedRace : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};
using PlantedRaceDeathTest = PlantedRace;

// --- barriers, by the schedules -------------------------------------------------------------------------------------

bool reverses(Schedule schedule, bool with_barrier, std::uint64_t seed = 1) {
  const ScopedSettings scope({schedule, Streams::eager, seed});
  const std::vector<float> x = ramp(planted::block_threads);
  const DeviceBuffer<float> from(x);
  const DeviceBuffer<float> to(x.size());
  planted::reverse(to.data(), from.data(), with_barrier);
  return to.values() == std::vector<float>(x.rbegin(), x.rend());
}

bool sums_neighbors(Schedule schedule, bool second_barrier, std::uint64_t seed = 1) {
  constexpr std::size_t rounds = 3, n = planted::block_threads;
  const ScopedSettings scope({schedule, Streams::eager, seed});
  const std::vector<float> x = ramp(rounds * n);
  const DeviceBuffer<float> from(x);
  const DeviceBuffer<float> to(n);
  planted::sum_of_neighbors(to.data(), from.data(), rounds, second_barrier);
  std::vector<float> expected(n);
  for (std::size_t t = 0; t + 1 < n; ++t) expected[t] = x[t + 1] + x[n + t + 1] + x[2 * n + t + 1];
  return to.values() == expected;
}

TEST_F(PlantedRace, MissingBarrierIsSeenInEverySchedule) {
  if (under_tsan()) GTEST_SKIP() << "the race would be reported: RacesAreFoundByTsan expects that";
  for (const Schedule schedule : all_schedules) {
    EXPECT_TRUE(reverses(schedule, true)) << describe({schedule});
    EXPECT_FALSE(reverses(schedule, false)) << describe({schedule});
  }
}

TEST_F(PlantedRace, MissingSecondBarrierIsSeenInReverseAndStickySchedules) {
  if (under_tsan()) GTEST_SKIP() << "the race would be reported: RacesAreFoundByTsan expects that";
  for (const Schedule schedule : all_schedules) EXPECT_TRUE(sums_neighbors(schedule, true)) << describe({schedule});
  EXPECT_FALSE(sums_neighbors(Schedule::reverse, false));
  for (std::uint64_t seed = 1; seed <= 20; ++seed) EXPECT_FALSE(sums_neighbors(Schedule::sticky, false, seed)) << seed;
}

// --- the order of streams and graphs --------------------------------------------------------------------------------

/// Whether the host sees the doubled value: it reads a pinned buffer, after waiting for the stream or not.
bool reads_after_the_stream(Streams streams, bool wait) {
  const ScopedSettings scope({Schedule::sequential, streams});
  const Stream stream;
  const DeviceBuffer<float> x(ramp(1));
  const PinnedBuffer<float> host(1);
  host[0] = 0;
  planted::twice(x.data(), x.data(), 1, stream);
  check(cudaMemcpyAsync(host.data(), x.data(), sizeof(float), cudaMemcpyDeviceToHost, stream));
  if (wait) check(cudaStreamSynchronize(stream));
  const bool right = host[0] == 2;
  check(cudaStreamSynchronize(stream));
  return right;
}

TEST_F(PlantedRace, HostReadBeforeTheStreamIsDoneIsSeenInDeferredStreams) {
  if (under_tsan()) GTEST_SKIP() << "the race would be reported: RacesAreFoundByTsan expects that";
  EXPECT_TRUE(reads_after_the_stream(Streams::deferred, true));
  EXPECT_TRUE(reads_after_the_stream(Streams::eager, false));
  EXPECT_FALSE(reads_after_the_stream(Streams::deferred, false));
}

/// Two streams: one doubles x, the other copies x; with the edge, after the doubling. Recorded, then replayed.
bool graph_copies_the_doubled(bool with_edge, const Settings& settings) {
  const ScopedSettings scope(settings);
  const Stream origin, other;
  const Event forked, doubled, joined;
  const DeviceBuffer<float> x(ramp(1));
  const DeviceBuffer<float> y(1);
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  check(cudaStreamBeginCapture(origin, cudaStreamCaptureModeGlobal));
  check(cudaEventRecord(forked, origin));
  check(cudaStreamWaitEvent(other, forked, 0));
  planted::twice(x.data(), x.data(), 1, origin);
  if (with_edge) {
    check(cudaEventRecord(doubled, origin));
    check(cudaStreamWaitEvent(other, doubled, 0));
  }
  check(cudaMemcpyAsync(y.data(), x.data(), sizeof(float), cudaMemcpyDeviceToDevice, other));
  check(cudaEventRecord(joined, other));
  check(cudaStreamWaitEvent(origin, joined, 0));
  check(cudaStreamEndCapture(origin, &graph));
  check(cudaGraphInstantiate(&executable, graph, 0));
  check(cudaGraphDestroy(graph));
  check(cudaGraphLaunch(executable, origin));
  check(cudaStreamSynchronize(origin));
  check(cudaGraphExecDestroy(executable));
  return y.values()[0] == 2;
}

TEST_F(PlantedRace, MissingEdgeInGraphIsSeenInRandomReplays) {
  if (under_tsan()) GTEST_SKIP() << "the race would be reported: RacesAreFoundByTsan expects that";
  int wrong = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    EXPECT_TRUE(graph_copies_the_doubled(true, {Schedule::random, Streams::eager, seed})) << seed;
    wrong += graph_copies_the_doubled(false, {Schedule::random, Streams::eager, seed}) ? 0 : 1;
  }
  EXPECT_GT(wrong, 0);
  EXPECT_LT(wrong, 20);
  EXPECT_FALSE(graph_copies_the_doubled(false, {Schedule::reverse}));
}

// --- races, by ThreadSanitizer --------------------------------------------------------------------------------------

void count(bool atomic) {
  const DeviceBuffer<int> counter(std::vector<int>{0});
  planted::count_threads(counter.data(), atomic);
  EXPECT_EQ(counter.values()[0], 4 * planted::block_threads);
}

TEST_F(PlantedRace, MissingAtomicIsInvisibleToSchedules) {
  for (const Schedule schedule : all_schedules) {
    const ScopedSettings scope({schedule});
    count(true);
    if (!under_tsan()) count(false);
  }
}

/// ThreadSanitizer's status for a program in which it has reported something.
constexpr int status_of_a_race = 66;

#define EXPECT_RACE(call) \
  EXPECT_EXIT(            \
      {                   \
        call;             \
        std::exit(0);     \
      },                  \
      testing::ExitedWithCode(status_of_a_race), "WARNING: ThreadSanitizer: data race")
#define EXPECT_NO_RACE(call) \
  EXPECT_EXIT(               \
      {                      \
        call;                \
        std::exit(0);        \
      },                     \
      testing::ExitedWithCode(0), "")

TEST_F(PlantedRaceDeathTest, RacesAreFoundByTsan) {
  MINNOW_NEEDS_TSAN();
  EXPECT_RACE(count(false));
  EXPECT_RACE(reverses(Schedule::sequential, false));
  EXPECT_RACE(sums_neighbors(Schedule::sequential, false));
  EXPECT_RACE(graph_copies_the_doubled(false, {Schedule::sequential}));
  EXPECT_RACE(reads_after_the_stream(Streams::eager, false));
}

TEST_F(PlantedRaceDeathTest, CorrectCodeHasNoRaceForTsan) {
  MINNOW_NEEDS_TSAN();
  EXPECT_NO_RACE(count(true));
  EXPECT_NO_RACE(reverses(Schedule::sequential, true));
  EXPECT_NO_RACE(sums_neighbors(Schedule::sticky, true));
  EXPECT_NO_RACE(graph_copies_the_doubled(true, {Schedule::random}));
  EXPECT_NO_RACE(reads_after_the_stream(Streams::deferred, true));
}

}  // namespace
}  // namespace emulation::test
