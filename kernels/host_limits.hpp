// SPDX-License-Identifier: Apache-2.0
/// What this process may use of the machine: fewer processors and less memory than there are, where an affinity mask or
/// a container says so.
#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <string_view>

namespace minnow::kernels {

/// The tightest limits of the process's control groups and of all groups around them.
struct GroupLimits {
  double processors = std::numeric_limits<double>::infinity();  ///< processor seconds per second
  std::size_t memory = std::numeric_limits<std::size_t>::max();
};
/// By cgroup v2's cpu.max and memory.max, and v1's cpu.cfs_quota_us and memory.limit_in_bytes. `root` stands for the
/// file system's root, in which /proc/self and the mounted groups are looked for. What cannot be read sets no limit.
GroupLimits group_limits(const std::filesystem::path& root = "/");

/// The threads that can run at a time: the processors of the affinity mask, but no more than the groups' quota, rounded
/// up; at least 1.
int usable_threads(const std::filesystem::path& root = "/");

struct MemoryLimit {
  std::size_t bytes = 0;
  std::string_view owner;  ///< "this machine" or "this container (control group)"
};
/// Of the whole process. Linux promises memory that it does not have and kills the process when it is touched, so ask
/// before. The largest size_t where the system does not say.
MemoryLimit memory_limit(const std::filesystem::path& root);
/// Of the system as it was at the first call.
const MemoryLimit& memory_limit();

}  // namespace minnow::kernels
