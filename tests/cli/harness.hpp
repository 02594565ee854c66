// SPDX-License-Identifier: Apache-2.0
/// Runs the real `minnow` binary and looks at what it leaves behind.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace minnow::test {

using Json = nlohmann::json;

/// A folder that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// What a command is started with, besides its arguments.
struct Surroundings {
  std::map<std::string, std::string> environment = {};  ///< over the present one
  std::filesystem::path folder = {};                    ///< working directory; empty: the present one
  bool terminal = false;                                ///< standard error is a terminal
  std::string output_file = {};                         ///< standard output goes there; empty: it is read
  unsigned long largest_file = 0;                       ///< bytes that a file may grow to (ulimit -f); 0: any
  int ignored_signal = 0;                               ///< the command inherits that this one is ignored
};

struct Outcome {
  int code = -1;  ///< exit code, or 128 + signal
  std::string out, err;
};

/// A running command. Ends with a failure of the test after two minutes.
class Process {
 public:
  explicit Process(const std::vector<std::string>& arguments, const Surroundings& surroundings = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Waits until standard error holds `text`; false if the command ended before.
  bool wait_for_error(const std::string& text);
  void send(int signal) const;
  /// Closes the reading end of standard output.
  void close_output();
  Outcome finish();

 private:
  /// Reads what is there; false once both streams are closed.
  bool read_some();

  pid_t child_ = -1;
  int out_ = -1, err_ = -1;
  Outcome outcome_;
};

/// Runs `minnow ARGUMENTS` to its end.
Outcome minnow(const std::vector<std::string>& arguments, const Surroundings& surroundings = {});

/// The objects of a file of JSON lines.
std::vector<Json> lines_of(const std::filesystem::path& path);

/// The one object on standard output. Fails the test and returns null where it is not exactly one line of JSON.
Json json_of(const Outcome& outcome);

/// run.json of a run's folder.
Json run_of(const std::filesystem::path& run);

/// The configuration that `minnow train ARGUMENTS --dry-run` prints.
std::string planned_config(const std::vector<std::string>& arguments);

std::string read_text(const std::filesystem::path& path);
void write_text(const std::filesystem::path& path, const std::string& text);

/// Replaces the one place of `old` in a file by text of the same length.
void patch(const std::filesystem::path& path, const std::string& old, const std::string& text);

/// A quick training: generated blobs, a small net. Append more options.
std::vector<std::string> quick_training(const TemporaryFolder& folder, const std::vector<std::string>& more = {});

/// Long enough for the bar, which is drawn about ten times a second, and to be interrupted.
std::vector<std::string> long_training(const TemporaryFolder& folder);

testing::AssertionResult contains(const std::string& text, const std::string& part);

}  // namespace minnow::test
