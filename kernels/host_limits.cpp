// SPDX-License-Identifier: Apache-2.0
// Formats: proc_pid_mountinfo(5), cgroups(7), and the kernel's "Control Group v2".
#include "kernels/host_limits.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace minnow::kernels {

namespace {

namespace fs = std::filesystem;

/// A mounted hierarchy of groups: all of version 2, or one or a few controllers of version 1.
struct Hierarchy {
  bool unified = false;
  std::string controllers;  ///< version 1: mount options, some of which are "cpu", "memory", ...
  std::string top;          ///< the group that is seen at `point`
  fs::path point;
};

/// Whether `word` is one of those that commas separate.
bool has_word(const std::string& list, const std::string& word) {
  return ("," + list + ",").find("," + word + ",") != std::string::npos;
}

/// mountinfo writes blanks and backslashes as \040 and the like.
std::string unescaped(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool octal = text[i] == '\\' && i + 3 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '3';
    result += octal ? static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8)) : text[i];
    if (octal) i += 3;
  }
  return result;
}

fs::path below(const fs::path& root, const std::string& absolute) {
  return root / fs::path(absolute).relative_path();
}

std::vector<Hierarchy> hierarchies(const fs::path& root) {
  std::vector<Hierarchy> found;
  std::ifstream file(root / "proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string skipped, top, point, type, source, options;
    words >> skipped >> skipped >> skipped >> top >> point;
    while (words >> skipped && skipped != "-") {
    }
    words >> type >> source >> options;
    if (type != "cgroup" && type != "cgroup2") continue;
    found.push_back({type == "cgroup2", options, unescaped(top), below(root, unescaped(point))});
  }
  return found;
}

/// The process's group in this hierarchy, as /proc/self/cgroup has it ("4:cpu,cpuacct:/a/b", "0::/a/b").
std::optional<std::string> group_in(const Hierarchy& hierarchy, const std::string& controller, const fs::path& root) {
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (hierarchy.unified ? controllers.empty() : has_word(controllers, controller)) return line.substr(second + 1);
  }
  return std::nullopt;
}

/// The folders of the group and of those around it that are seen here, the group's first. A container that keeps its
/// host's names for groups sees its own at `point`.
std::vector<fs::path> folders(const Hierarchy& hierarchy, const std::string& group) {
  const std::string top = hierarchy.top == "/" ? "" : hierarchy.top;
  fs::path inside;
  if (group.starts_with(top + "/")) inside = fs::path(group.substr(top.size())).relative_path();
  if (inside.string().starts_with("..")) inside.clear();
  std::vector<fs::path> all;
  for (; !inside.empty(); inside = inside.parent_path()) all.push_back(hierarchy.point / inside);
  all.push_back(hierarchy.point);
  return all;
}

/// The file's first two words as numbers; nothing for a word that is none, such as "max".
struct TwoNumbers {
  std::optional<double> first, second;
};
TwoNumbers read_numbers(const fs::path& path) {
  TwoNumbers numbers;
  std::ifstream file(path);
  for (std::optional<double>* number : {&numbers.first, &numbers.second}) {
    std::string word;
    if (!(file >> word)) break;
    char* end = nullptr;
    const double value = std::strtod(word.c_str(), &end);
    if (*end == '\0' && std::isfinite(value)) *number = value;
  }
  return numbers;
}

double processors_of(const fs::path& folder, bool unified) {
  constexpr double usual_period = 100000;  // microseconds
  TwoNumbers max = read_numbers(folder / (unified ? "cpu.max" : "cpu.cfs_quota_us"));
  if (!unified) max.second = read_numbers(folder / "cpu.cfs_period_us").first;
  const double quota = max.first.value_or(-1), period = max.second.value_or(usual_period);
  return quota > 0 && period > 0 ? quota / period : std::numeric_limits<double>::infinity();  // -1: none
}

std::size_t memory_of(const fs::path& folder, bool unified) {
  constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
  const double bytes = read_numbers(folder / (unified ? "memory.max" : "memory.limit_in_bytes")).first.value_or(-1);
  return bytes >= 0 && bytes < static_cast<double>(unlimited) ? static_cast<std::size_t>(bytes) : unlimited;
}

/// The affinity mask's. Its size must be that of the kernel's own or more.
int affine_processors() {
  for (std::size_t most = CPU_SETSIZE; most <= std::size_t{1} << 20; most *= 2) {
    std::vector<cpu_set_t> mask(most / CPU_SETSIZE);
    const std::size_t bytes = mask.size() * sizeof(cpu_set_t);
    if (sched_getaffinity(0, bytes, mask.data()) == 0) return std::max(CPU_COUNT_S(bytes, mask.data()), 1);
  }
  return 1;
}

std::size_t machine_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGE_SIZE);
  if (pages <= 0 || page <= 0) return std::numeric_limits<std::size_t>::max();
  return static_cast<std::size_t>(pages) * static_cast<std::size_t>(page);
}

}  // namespace

GroupLimits group_limits(const fs::path& root) {
  GroupLimits limits;
  for (const Hierarchy& hierarchy : hierarchies(root)) {
    const auto each_folder = [&](const std::string& controller, const auto& apply) {
      if (!hierarchy.unified && !has_word(hierarchy.controllers, controller)) return;
      const std::optional<std::string> group = group_in(hierarchy, controller, root);
      if (!group) return;
      for (const fs::path& folder : folders(hierarchy, *group)) apply(folder);
    };
    each_folder("cpu", [&](const fs::path& folder) {
      limits.processors = std::min(limits.processors, processors_of(folder, hierarchy.unified));
    });
    each_folder("memory", [&](const fs::path& folder) {
      limits.memory = std::min(limits.memory, memory_of(folder, hierarchy.unified));
    });
  }
  return limits;
}

int usable_threads(const fs::path& root) {
  return static_cast<int>(std::min<double>(affine_processors(), std::ceil(group_limits(root).processors)));
}

MemoryLimit memory_limit(const fs::path& root) {
  const std::size_t machine = machine_memory(), group = group_limits(root).memory;
  if (group < machine) return {group, "this container (control group)"};
  return {machine, "this machine"};
}

const MemoryLimit& memory_limit() {
  static const MemoryLimit limit = memory_limit("/");
  return limit;
}

}  // namespace minnow::kernels
