// SPDX-License-Identifier: Apache-2.0
// The thread pool of the CPU backend and its choice of an instruction set.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "kernels/cpu/backend.hpp"
#include "kernels/cpu/dispatch.hpp"
#include "kernels/cpu/thread_pool.hpp"
#include "minnow/error.hpp"

namespace minnow::kernels::cpu {
namespace {

TEST(ThreadPool, RunsEveryTaskOnce) {
  for (std::size_t threads : {0, 1, 2, 4}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), std::max<std::size_t>(threads, 1));
    for (std::size_t tasks : {0, 1, 2, 3, 1000, 70000}) {
      std::vector<int> runs(tasks, 0);
      pool.parallel_for(tasks, [&](std::size_t task) { ++runs[task]; });
      EXPECT_EQ(std::count(runs.begin(), runs.end(), 1), static_cast<std::ptrdiff_t>(tasks)) << threads << " threads";
    }
  }
}

TEST(ThreadPool, ManyShortJobsAndSleeps) {
  ThreadPool pool(3);
  std::array<std::size_t, 3> sums{};
  for (std::size_t job = 0; job < 3000; ++job) {
    pool.parallel_for(3, [&](std::size_t task) { sums[task] += job; });
    if (job % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));  // the workers fall asleep
  }
  for (std::size_t sum : sums) EXPECT_EQ(sum, 3000U * 2999U / 2);
}

TEST(ThreadPool, TwoPoolsInTwoThreads) {
  std::array<std::size_t, 2> totals{};
  const auto use_a_pool = [&](std::size_t index) {
    ThreadPool pool(2);
    for (int job = 0; job < 500; ++job) {
      std::array<std::size_t, 2> part{};
      pool.parallel_for(2, [&](std::size_t task) { part[task] = task + 1; });
      totals[index] += part[0] + part[1];
    }
  };
  std::thread other(use_a_pool, 1);
  use_a_pool(0);
  other.join();
  EXPECT_EQ(totals[0], 1500U);
  EXPECT_EQ(totals[1], 1500U);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose shadow memory is beyond any limit
TEST(ThreadPoolDeathTest, ASystemThatRefusesThreadsIsADeviceError) {
  const auto start_too_many = [] {
    const rlimit limit{1 << 29, 1 << 29};  // room for the stacks of some dozens
    setrlimit(RLIMIT_AS, &limit);
    try {
      const ThreadPool pool(1000);
    } catch (const DeviceError& error) {
      const bool told = std::string(error.what()).find("of 1000 threads could be started") != std::string::npos;
      std::_Exit(told ? 0 : 1);
    }
    std::_Exit(2);
  };
  EXPECT_EXIT(start_too_many(), testing::ExitedWithCode(0), "");
}
#endif

TEST(ThreadPool, MoreThreadsThanAnyoneNeedsAreRefused) {
  EXPECT_THROW(make_cpu_backend(Isa::scalar, 4097), UsageError);
  EXPECT_THROW(make_cpu_backend(Isa::scalar, -1), UsageError);
}

TEST(ThreadPool, SmallWorkIsNotSplit) {
  const ThreadPool pool(4);
  EXPECT_EQ(pool.parts_for(0), 1U);
  EXPECT_EQ(pool.parts_for(1.9 * ThreadPool::worth_a_part), 1U);
  EXPECT_EQ(pool.parts_for(2.1 * ThreadPool::worth_a_part), 2U);
  EXPECT_EQ(pool.parts_for(1e12), 4U);
}

class ForcedIsa {
 public:
  explicit ForcedIsa(const char* name) { setenv("MINNOW_ISA", name, 1); }
  ~ForcedIsa() { unsetenv("MINNOW_ISA"); }
};

TEST(Dispatch, EnvironmentForcesAnInstructionSet) {
  for (Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    const ForcedIsa forced(name_of(isa).data());
    if (!is_supported(isa)) {
      EXPECT_THROW(choose_isa(), UsageError);
      continue;
    }
    EXPECT_EQ(choose_isa(), isa);
    EXPECT_EQ(kernels_for(isa).name, std::string(name_of(isa)));
  }
}

TEST(Dispatch, RefusesAnUnknownName) {
  const ForcedIsa forced("avx1024");
  try {
    choose_isa();
    FAIL() << "no exception";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("\"avx1024\""), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace minnow::kernels::cpu
