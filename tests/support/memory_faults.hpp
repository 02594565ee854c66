// SPDX-License-Identifier: Apache-2.0
/// Lets a command's allocations fail, and tells how many it made.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace minnow::test {

#ifdef MINNOW_MEMORY_FAULTS
/// The environment of a command that finds no memory from the `first` to the `last` allocation, counted from 1 and from
/// the start of main; 0: always finds some. Their number goes to the file `count`, if one is named.
inline std::map<std::string, std::string> without_memory(unsigned long first, unsigned long last,
                                                         const std::filesystem::path& count = {}) {
  std::map<std::string, std::string> environment = {
      {"LD_PRELOAD", MINNOW_MEMORY_FAULTS},
      {"MINNOW_TEST_ALLOCATIONS", std::to_string(first) + " " + std::to_string(last)}};
  if (!count.empty()) environment["MINNOW_TEST_ALLOCATION_COUNT"] = count.string();
  return environment;
}
#endif

}  // namespace minnow::test
