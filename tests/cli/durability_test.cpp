// SPDX-License-Identifier: Apache-2.0
/// What is on disk when a command says that it is saved: seen from the calls that it makes.
#include <algorithm>

#include "tests/cli/harness.hpp"
#include "tests/support/file_faults.hpp"

namespace minnow::test {
namespace {

using Calls = std::vector<std::string>;

/// The place of the first call at or behind `from` that begins with `text`; the end where there is none.
Calls::const_iterator find_call(const Calls& calls, Calls::const_iterator from, const std::string& text) {
  return std::find_if(from, calls.end(), [&](const std::string& call) { return call.starts_with(text); });
}

/// The file's bytes were synced before it took its name, and the name after that.
void expect_durable(const Calls& calls, const std::filesystem::path& file) {
  const auto renamed = std::find(calls.begin(), calls.end(), "rename " + file.string());
  ASSERT_NE(renamed, calls.end()) << file << " was not renamed into place";
  const auto synced = find_call(calls, calls.begin(), "fsync " + file.string() + ".tmp-");
  EXPECT_LT(synced, renamed) << file << " took its name before its bytes were on disk";
  const auto written = find_call(calls, synced, "write " + file.string() + ".tmp-");
  EXPECT_GE(written, renamed) << file << " was written to after it was synced";
  EXPECT_NE(std::find(renamed, calls.end(), "fsync " + file.parent_path().string()), calls.end())
      << "the name of " << file << " was not synced";
}

TEST(Durability, WhatIsSavedIsSyncedAndSoIsItsName) {
  const TemporaryFolder folder;
  const std::filesystem::path run = folder / "blobs";
  const Outcome outcome = minnow(quick_training(folder), {.environment = with_faults({}, folder / "calls")});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Calls calls = noted_calls(folder / "calls");
  for (const char* name : {"model.safetensors", "checkpoints/last.safetensors", "run.json"}) {
    expect_durable(calls, run / name);
  }
}

TEST(Durability, ASyncThatFailsIsAnError) {
  for (const char* path : {"*/model.safetensors.tmp-*", "*/checkpoints"}) {
    const TemporaryFolder folder;
    const Outcome outcome =
        minnow(quick_training(folder), {.environment = with_faults({{.call = "fsync", .path = path}})});
    EXPECT_EQ(outcome.code, 3) << path << ": " << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "Input/output error")) << path;
  }
}

/// A close that failed used to be ignored where a log is added to: some file systems say only then that a write has.
TEST(Durability, ACloseThatFailsIsAnErrorAndLeavesWholeLines) {
  for (const char* path : {"*/metrics.jsonl", "*/metrics.csv", "*/model.safetensors.tmp-*"}) {
    const TemporaryFolder folder;
    const Outcome outcome = minnow(quick_training(folder),
                                   {.environment = with_faults({{.call = "close", .path = path, .error = ENOSPC}})});
    EXPECT_EQ(outcome.code, 3) << path << ": " << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "No space left on device")) << path;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
      EXPECT_EQ(entry.path().string().find(".tmp-"), std::string::npos) << entry.path();
    }
  }
}

}  // namespace
}  // namespace minnow::test
