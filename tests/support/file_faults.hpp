// SPDX-License-Identifier: Apache-2.0
/// Lets a command's calls on files fail, and tells which it made: what a full or failing disk does, at a chosen moment.
#pragma once

#include <cerrno>
#include <climits>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace minnow::test {

/// From the `first` to the `last` `call` on a path that matches `path` (as a shell does; '*' takes '/' too), counted
/// from 1. Calls: open close write fsync ftruncate rename mkdir symlink unlink. The path is the one that the command
/// uses, so that of the temporary file for what is replaced as a whole; for rename it is the new one.
struct FileFault {
  std::string call, path;
  int first = 1, last = INT_MAX;
  int error = EIO;  ///< errno with which the call fails
  int signal = 0;   ///< instead of failing: the command gets this signal just before the call
};

#ifdef MINNOW_FILE_FAULTS
/// The environment of a command with these faults; its calls are noted in the file `calls`, if one is named.
inline std::map<std::string, std::string> with_faults(const std::vector<FileFault>& faults,
                                                      const std::filesystem::path& calls = {}) {
  std::string rules;
  for (const FileFault& fault : faults) {
    const bool signal = fault.signal != 0;
    rules += fault.call + " " + fault.path + " " + std::to_string(fault.first) + " " + std::to_string(fault.last) +
             (signal ? " signal " : " errno ") + std::to_string(signal ? fault.signal : fault.error) + "\n";
  }
  std::map<std::string, std::string> environment = {{"LD_PRELOAD", MINNOW_FILE_FAULTS}, {"MINNOW_TEST_FAULTS", rules}};
  if (!calls.empty()) environment["MINNOW_TEST_CALLS"] = calls.string();
  return environment;
}
#endif

/// "fsync /tmp/x/model.safetensors.tmp-1-0", "rename /tmp/x/model.safetensors", ..., in their order; " failed" behind
/// those that a fault stopped.
inline std::vector<std::string> noted_calls(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::vector<std::string> calls;
  for (std::string line; std::getline(stream, line);) calls.push_back(line);
  return calls;
}

}  // namespace minnow::test
