// SPDX-License-Identifier: Apache-2.0
/// What containers allow: control groups of both versions, laid out in a folder as /proc and /sys/fs/cgroup are.
#include "kernels/host_limits.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <cmath>
#include <limits>
#include <string>

#include "kernels/backend.hpp"
#include "tests/support/files.hpp"

namespace minnow::kernels {
namespace {

constexpr double no_quota = std::numeric_limits<double>::infinity();
constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

class HostLimits : public testing::Test {
 protected:
  void put(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_.path() / path;
    std::filesystem::create_directories(file.parent_path());
    test::write_file(file, text);
  }
  /// One hierarchy of version 2 at /sys/fs/cgroup, which shows `top` there; the process is in `group`.
  void version_2(const std::string& group, const std::string& top = "/") {
    put("proc/self/cgroup", "0::" + group + "\n");
    put("proc/self/mountinfo",
        "22 27 0:20 / /sys rw - sysfs sysfs rw\n"
        "35 22 0:30 " +
            top + " /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n");
  }
  GroupLimits limits() { return group_limits(root_.path()); }

  test::TemporaryFolder root_;
};

TEST_F(HostLimits, NothingToReadIsNoLimit) {
  EXPECT_EQ(limits().processors, no_quota);
  EXPECT_EQ(limits().memory, no_limit);
  version_2("/a");
  EXPECT_EQ(limits().processors, no_quota);
  put("sys/fs/cgroup/a/cpu.max", "max 100000\n");
  put("sys/fs/cgroup/a/memory.max", "max\n");
  EXPECT_EQ(limits().processors, no_quota);
  EXPECT_EQ(limits().memory, no_limit);
  put("sys/fs/cgroup/a/cpu.max", "");
  put("sys/fs/cgroup/a/memory.max", "lots\n");
  EXPECT_EQ(limits().processors, no_quota);
  EXPECT_EQ(limits().memory, no_limit);
}

TEST_F(HostLimits, Version2) {
  version_2("/");  // a container with a name space of its own
  put("sys/fs/cgroup/cpu.max", "150000 100000\n");
  put("sys/fs/cgroup/memory.max", "268435456\n");
  EXPECT_EQ(limits().processors, 1.5);
  EXPECT_EQ(limits().memory, 268435456u);
  put("sys/fs/cgroup/cpu.max", "20000 10000\n");
  put("sys/fs/cgroup/memory.max", "0\n");
  EXPECT_EQ(limits().processors, 2);
  EXPECT_EQ(limits().memory, 0u);
}

TEST_F(HostLimits, TheTightestOfNestedGroupsHolds) {
  version_2("/slice/service/job");
  put("sys/fs/cgroup/slice/cpu.max", "300000 100000\n");
  put("sys/fs/cgroup/slice/service/cpu.max", "50000 100000\n");
  put("sys/fs/cgroup/slice/service/job/cpu.max", "max 100000\n");
  put("sys/fs/cgroup/slice/memory.max", "1000\n");
  put("sys/fs/cgroup/slice/service/memory.max", "max\n");
  put("sys/fs/cgroup/slice/service/job/memory.max", "3000\n");
  put("sys/fs/cgroup/other/cpu.max", "1000 100000\n");
  EXPECT_EQ(limits().processors, 0.5);
  EXPECT_EQ(limits().memory, 1000u);
}

/// Docker without a name space for groups shows the host's names, and the container's own group at the mount point.
TEST_F(HostLimits, AMountShowsAGroupAsItsTop) {
  version_2("/docker/0a1b", "/docker/0a1b");
  put("sys/fs/cgroup/cpu.max", "100000 100000\n");
  EXPECT_EQ(limits().processors, 1);
  version_2("/docker/0a1b/inner", "/docker/0a1b");
  put("sys/fs/cgroup/inner/cpu.max", "40000 100000\n");
  EXPECT_EQ(limits().processors, 0.4);
  version_2("/../elsewhere", "/docker/0a1b");  // moved out of what its name space sees
  EXPECT_EQ(limits().processors, 1);
  version_2("/docker/0a1bc", "/docker/0a1b");  // no group inside of it
  EXPECT_EQ(limits().processors, 1);
}

TEST_F(HostLimits, Version1) {
  put("proc/self/cgroup", "9:name=systemd:/\n4:memory:/box\n3:cpuset:/other\n2:cpu,cpuacct:/box/in\n0::/\n");
  put("proc/self/mountinfo",
      "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
      "32 31 0:29 / /sys/fs/cgroup/cpu\\040and\\040account rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
      "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:3 - cgroup cgroup rw,memory\n"
      "36 31 0:33 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n");
  put("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "9223372036854771712\n");  // none, in whole pages
  put("sys/fs/cgroup/cpu and account/box/in/cpu.cfs_quota_us", "-1\n");
  put("sys/fs/cgroup/cpu and account/box/in/cpu.cfs_period_us", "100000\n");
  put("sys/fs/cgroup/cpuset/other/cpu.cfs_quota_us", "1\n");
  EXPECT_EQ(limits().processors, no_quota);
  EXPECT_EQ(limits().memory, 9223372036854771712u);
  EXPECT_EQ(memory_limit(root_.path()).owner, "this machine");
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "1048576\n");
  put("sys/fs/cgroup/cpu and account/box/cpu.cfs_quota_us", "125000\n");
  put("sys/fs/cgroup/cpu and account/box/cpu.cfs_period_us", "50000\n");
  EXPECT_EQ(limits().processors, 2.5);
  EXPECT_EQ(limits().memory, 1048576u);
}

TEST_F(HostLimits, ThreadsAreTheQuotaRoundedUpButNoMoreThanTheMaskHas) {
  cpu_set_t all, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  const int processors = CPU_COUNT(&all);
  EXPECT_EQ(usable_threads(root_.path()), processors);
  version_2("/");
  put("sys/fs/cgroup/cpu.max", "100001 100000\n");
  EXPECT_EQ(usable_threads(root_.path()), std::min(processors, 2));
  put("sys/fs/cgroup/cpu.max", "1000 100000\n");
  EXPECT_EQ(usable_threads(root_.path()), 1);
  put("sys/fs/cgroup/cpu.max", "100000000 100000\n");
  EXPECT_EQ(usable_threads(root_.path()), processors);
  CPU_ZERO(&one);
  for (int i = 0; CPU_COUNT(&one) == 0; ++i) {
    if (CPU_ISSET(i, &all)) CPU_SET(i, &one);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(usable_threads(root_.path()), 1);
  ASSERT_EQ(sched_setaffinity(0, sizeof all, &all), 0);
}

TEST_F(HostLimits, MemoryIsTheGroupsWhereThatIsLess) {
  const std::size_t machine = memory_limit(root_.path()).bytes;
  EXPECT_GT(machine, std::size_t{1} << 26);
  EXPECT_EQ(memory_limit(root_.path()).owner, "this machine");
  version_2("/");
  put("sys/fs/cgroup/memory.max", "67108864\n");
  EXPECT_EQ(memory_limit(root_.path()).bytes, std::size_t{1} << 26);
  EXPECT_EQ(memory_limit(root_.path()).owner, "this container (control group)");
  put("sys/fs/cgroup/memory.max", std::to_string(machine) + "0\n");
  EXPECT_EQ(memory_limit(root_.path()).bytes, machine);
}

/// The CPU backend's threads and allocations go by them.
TEST_F(HostLimits, AreThoseOfThisSystemByDefault) {
  EXPECT_EQ(memory_limit().bytes, memory_limit("/").bytes);
  const std::string description = make_cpu_backend(0)->description();
  const std::string threads = std::to_string(usable_threads()) + (usable_threads() == 1 ? " thread" : " threads");
  EXPECT_NE(description.find(", " + threads), std::string::npos) << description;
}

}  // namespace
}  // namespace minnow::kernels
