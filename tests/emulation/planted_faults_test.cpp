// SPDX-License-Identifier: Apache-2.0
// Each fault that the emulation is there for, planted, and caught.
#include "tests/emulation/planted_faults.hpp"

#include <cublas_v2.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/emulation/device_buffer.hpp"
#include "tests/emulation/emulation.hpp"
#include "tests/emulation/sanitized.hpp"

// Read by ThreadSanitizer: a program that has reported something would wait for a second before it ends.
extern "C" const char* __tsan_default_options() {
  return "atexit_sleep_ms=0";
}  // NOLINT: the sanitizer's name

namespace emulation::test {
namespace {

constexpr Schedule all_schedules[] = {Schedule::sequential, Schedule::reverse, Schedule::random, Schedule::sticky};

class PlantedFault : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  void TearDown() override { take_faults(); }
};
using PlantedFaultDeathTest = PlantedFault;

/// The message of the Fault that `call` throws; empty if it throws none.
template <class F>
std::string fault_of(F&& call) {
  try {
    call();
    check(cudaDeviceSynchronize());
  } catch (const Fault& fault) {
    return fault.what();
  }
  return {};
}

void expect_in(const std::string& message, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is missing in: " << message;
  }
}

// --- memory, by AddressSanitizer and UBSan --------------------------------------------------------------------------

TEST_F(PlantedFaultDeathTest, GlobalOutOfBoundsIsFoundByAsan) {
  MINNOW_NEEDS_ASAN();
  EXPECT_DEATH(
      {
        const DeviceBuffer<float> data(100);
        planted::global_out_of_bounds(data.data(), 100);
      },
      "kernel emulation::planted::global_out_of_bounds_kernel.*heap-buffer-overflow.*400-byte region.*cudaMalloc");
}

TEST_F(PlantedFaultDeathTest, DynamicSharedOutOfBoundsIsFoundByAsan) {
  MINNOW_NEEDS_ASAN();
  EXPECT_DEATH(
      {
        const DeviceBuffer<float> y(planted::block_threads);
        planted::dynamic_shared_out_of_bounds(y.data());
      },
      "dynamic_shared_out_of_bounds_kernel.*heap-buffer-overflow.*256-byte region.*dynamic_shared");
}

TEST_F(PlantedFaultDeathTest, StaticSharedIndexIsFoundByUbsan) {
  MINNOW_NEEDS_UBSAN();
  EXPECT_DEATH(
      {
        const DeviceBuffer<float> y(planted::block_threads);
        planted::static_shared_out_of_bounds(y.data(), 8);
      },
      "index 8 out of bounds");
}

TEST_F(PlantedFaultDeathTest, MisalignedFloat4IsFoundByUbsan) {
  MINNOW_NEEDS_UBSAN();
  EXPECT_DEATH(
      {
        const DeviceBuffer<float> y(1);
        const DeviceBuffer<float> x(ramp(8));
        planted::misaligned_float4(y.data(), x.data());
      },
      "misaligned address");
}

TEST_F(PlantedFaultDeathTest, HostReadOfDeviceMemoryIsFoundByAsan) {
  MINNOW_NEEDS_ASAN();
  EXPECT_DEATH(
      {
        const DeviceBuffer<float> data(ramp(8));
        std::exit(data.data()[3] > 0 ? 0 : 1);
      },
      "in host code.*use-after-poison");
}

// --- calls, by the emulated run time --------------------------------------------------------------------------------

TEST_F(PlantedFault, HostPointerToKernelIsRefused) {
  const DeviceBuffer<float> y(8);
  std::vector<float> host(8);
  const std::string message = fault_of([&] { planted::twice(y.data(), host.data(), 8); });
  expect_in(message, {"argument 1 of kernel", "twice_kernel", "planted_faults.cu", "host memory", "SEED="});
}

TEST_F(PlantedFault, HostPointerInsideAnAggregateIsRefused) {
  const DeviceBuffer<float> y(8);
  std::vector<float> host(8);
  expect_in(fault_of([&] { planted::twice_by_view(y.data(), host.data(), 8); }),
            {"argument 0 of kernel", "twice_by_view_kernel", "byte 8 ", "host memory"});
}

TEST_F(PlantedFault, FreedPointerToKernelIsRefused) {
  const DeviceBuffer<float> y(8);
  float* freed = nullptr;
  {
    const DeviceBuffer<float> x(ramp(8));
    freed = x.data();
  }
  expect_in(fault_of([&] { planted::twice(y.data(), freed, 8); }),
            {"argument 1", "freed device allocation", "32 bytes"});
  expect_in(fault_of([&] { planted::twice_by_view(y.data(), freed, 8); }), {"argument 0", "freed device allocation"});
}

TEST_F(PlantedFault, WrongLeadingDimensionOfGemmIsRefused) {
  const DeviceBuffer<float> a(ramp(6));
  const DeviceBuffer<float> b(ramp(6));
  const DeviceBuffer<float> c(4);
  cublasHandle_t handle = nullptr;
  ASSERT_EQ(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
  const float one = 1, zero = 0;
  const auto gemm = [&](int lda) {
    return cublasSgemmStridedBatched(handle, CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 3, &one, a.data(), lda, 6, b.data(), 3, 6,
                                     &zero, c.data(), 2, 4, 1);
  };
  expect_in(fault_of([&] { gemm(4); }), {"cuBLAS GEMM", "matrix A", "2 x 3", "leading dimension 4", "of 24 bytes"});
  EXPECT_EQ(gemm(1), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(gemm(2), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasDestroy(handle), CUBLAS_STATUS_SUCCESS);
}

TEST_F(PlantedFault, WaitDuringCaptureInvalidatesIt) {
  const Stream stream;
  const DeviceBuffer<float> x(ramp(8));
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  planted::twice(x.data(), x.data(), 8, stream);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorStreamCaptureUnsupported);
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(graph, nullptr);
}

TEST_F(PlantedFaultDeathTest, LeakIsListedAndEndsTheProgram) {
  const std::size_t before = live_objects().size();
  void* memory = nullptr;
  check(cudaMalloc(&memory, 1234));
  ASSERT_EQ(live_objects().size(), before + 1);
  check(cudaFree(memory));
  EXPECT_EQ(live_objects().size(), before);
  EXPECT_EXIT(
      {
        void* leaked = nullptr;
        check(cudaMalloc(&leaked, 1234));
        std::exit(0);
      },
      testing::ExitedWithCode(70), "leaked: device allocation .* of 1234 bytes");
}

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

TEST_F(PlantedFault, MissingBarrierIsSeenInEverySchedule) {
  if (under_tsan()) GTEST_SKIP() << "the race would be reported: RacesAreFoundByTsan expects that";
  for (const Schedule schedule : all_schedules) {
    EXPECT_TRUE(reverses(schedule, true)) << describe({schedule});
    EXPECT_FALSE(reverses(schedule, false)) << describe({schedule});
  }
}

TEST_F(PlantedFault, MissingSecondBarrierIsSeenInReverseAndStickySchedules) {
  if (under_tsan()) GTEST_SKIP() << "the race would be reported: RacesAreFoundByTsan expects that";
  for (const Schedule schedule : all_schedules) EXPECT_TRUE(sums_neighbors(schedule, true)) << describe({schedule});
  EXPECT_FALSE(sums_neighbors(Schedule::reverse, false));
  for (std::uint64_t seed = 1; seed <= 20; ++seed) EXPECT_FALSE(sums_neighbors(Schedule::sticky, false, seed)) << seed;
}

TEST_F(PlantedFault, DivergentBarrierIsRefused) {
  for (const Schedule schedule : all_schedules) {
    const ScopedSettings scope({schedule});
    expect_in(fault_of([] { planted::divergent_barrier(false); }),
              {"divergent barrier", "returned", "divergent_barrier_kernel", "planted_faults.cu"});
    expect_in(fault_of([] { planted::divergent_barrier(true); }), {"divergent barrier", "wait at", "kernel"});
  }
}

TEST_F(PlantedFault, WarpOperationsThatNameTheWrongLanesAreRefused) {
  const DeviceBuffer<float> y(32);
  for (const Schedule schedule : all_schedules) {
    const ScopedSettings scope({schedule});
    expect_in(fault_of([&] { planted::shuffle_from_returned_lane(y.data()); }), {"returned", "warp operation"});
    expect_in(fault_of([&] { planted::shuffle_outside_mask(y.data()); }), {"not in the mask 0x0000ffff"});
    expect_in(fault_of([] { planted::disagreeing_masks(); }), {"masks disagree", "0xffffffff", "0xffff8000"});
  }
}

TEST_F(PlantedFault, TrapNamesItsThread) {
  expect_in(fault_of([] { planted::trap(); }), {"__trap()", "trap_kernel", "thread (3, 0, 0)"});
  EXPECT_TRUE(reverses(Schedule::sequential, true)) << "the emulation works on after a fault";
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

TEST_F(PlantedFault, HostReadBeforeTheStreamIsDoneIsSeenInDeferredStreams) {
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

TEST_F(PlantedFault, MissingEdgeInGraphIsSeenInRandomReplays) {
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

TEST_F(PlantedFault, MissingAtomicIsInvisibleToSchedules) {
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

TEST_F(PlantedFaultDeathTest, RacesAreFoundByTsan) {
  MINNOW_NEEDS_TSAN();
  EXPECT_RACE(count(false));
  EXPECT_RACE(reverses(Schedule::sequential, false));
  EXPECT_RACE(sums_neighbors(Schedule::sequential, false));
  EXPECT_RACE(graph_copies_the_doubled(false, {Schedule::sequential}));
  EXPECT_RACE(reads_after_the_stream(Streams::eager, false));
}

TEST_F(PlantedFaultDeathTest, CorrectCodeHasNoRaceForTsan) {
  MINNOW_NEEDS_TSAN();
  EXPECT_NO_RACE(count(true));
  EXPECT_NO_RACE(reverses(Schedule::sequential, true));
  EXPECT_NO_RACE(sums_neighbors(Schedule::sticky, true));
  EXPECT_NO_RACE(graph_copies_the_doubled(true, {Schedule::random}));
  EXPECT_NO_RACE(reads_after_the_stream(Streams::deferred, true));
}

}  // namespace
}  // namespace emulation::test
