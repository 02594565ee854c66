// SPDX-License-Identifier: Apache-2.0
/// Files that cannot be written for a while, or at all: nothing is forgotten, and the last word says what is missing.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "tests/cli/harness.hpp"
#include "tests/support/file_faults.hpp"

namespace minnow::test {
namespace {

namespace fs = std::filesystem;

Outcome faulty_training(const TemporaryFolder& folder, const std::vector<FileFault>& faults,
                        const std::vector<std::string>& more = {}) {
  return minnow(quick_training(folder, more), {.environment = with_faults(faults, folder / "calls")});
}

std::string hash_of(const fs::path& file) {
  return json_of(minnow({"inspect", file, "--json"})).at("model").at("weights_hash");
}

std::vector<std::string> event_names(const TemporaryFolder& folder) {
  std::vector<std::string> names;
  for (const Json& event : lines_of(folder / "blobs/metrics.jsonl")) names.push_back(event.at("event"));
  return names;
}

const std::vector<std::string> whole_log = {"run_start", "epoch", "epoch", "eval", "run_end"};

/// a9641de ranked an epoch before it was saved: each save that failed left one file too many, for good.
TEST(Recovery, TopCheckpointsAreWrittenLaterAndNeverTooMany) {
  const TemporaryFolder folder;
  const Outcome outcome = faulty_training(
      folder, {{.call = "write", .path = "*/checkpoints/epoch-*", .first = 2, .last = 9, .error = ENOSPC}},
      {"--epochs", "12", "--set", "checkpoint.top=2"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "No space left on device"));
  EXPECT_TRUE(contains(outcome.err, "minnow: note: what could not be written is written now"));
  std::vector<std::pair<double, int>> epochs;
  std::map<int, std::string> hashes;
  for (const Json& event : lines_of(folder / "blobs/metrics.jsonl")) {
    if (event.at("event") != "epoch") continue;
    epochs.emplace_back(event.at("val/loss").get<double>(), event.at("epoch").get<int>());
    hashes[epochs.back().second] = event.at("weights_hash").get<std::string>();
  }
  std::ranges::sort(epochs);
  std::set<std::string> expected = {"best.safetensors", "last.safetensors"}, found;
  for (int k = 0; k < 2; ++k) {
    const std::string name = "epoch-" + std::to_string(epochs.at(static_cast<std::size_t>(k)).second) + ".safetensors";
    expected.insert(name);
    EXPECT_EQ(hash_of(folder / ("blobs/checkpoints/" + name)), hashes[epochs[static_cast<std::size_t>(k)].second]);
  }
  for (const auto& entry : fs::directory_iterator(folder / "blobs/checkpoints")) {
    found.insert(entry.path().filename().string());
  }
  EXPECT_EQ(found, expected);
}

TEST(Recovery, TopCheckpointsThatFailTillTheEndAreNamed) {
  const TemporaryFolder folder;
  const Outcome outcome = faulty_training(folder, {{.call = "write", .path = "*/checkpoints/epoch-*"}},
                                          {"--epochs", "4", "--set", "checkpoint.top=2"});
  EXPECT_EQ(outcome.code, 3);
  int named = 0;
  const std::string last = outcome.err.substr(outcome.err.rfind("minnow: error: "));
  for (int epoch = 1; epoch <= 4; ++epoch) {
    named += contains(last, "checkpoints/epoch-" + std::to_string(epoch) + ".safetensors") ? 1 : 0;
  }
  EXPECT_EQ(named, 2) << "those that should be there: " << last;
  EXPECT_EQ(run_of(folder / "blobs").at("status"), "failed");
}

TEST(Recovery, ACheckpointThatCannotBeRemovedIsTriedAgain) {
  const TemporaryFolder folder;
  const Outcome outcome =
      faulty_training(folder, {{.call = "unlink", .path = "*/checkpoints/epoch-?.safetensors", .last = 1}},
                      {"--epochs", "6", "--set", "checkpoint.top=1"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "cannot be removed: Input/output error; the training goes on"));
  int files = 0;
  for (const auto& entry : fs::directory_iterator(folder / "blobs/checkpoints")) {
    files += entry.path().filename().string().starts_with("epoch-") ? 1 : 0;
  }
  EXPECT_EQ(files, 1);
}

/// a9641de did not train where one of the first three could not be written, and lost the lines of the others.
TEST(Recovery, WhatCannotBeWrittenAtFirstIsWrittenLater) {
  for (const FileFault& fault : {FileFault{.call = "open", .path = "*/config.toml.tmp-*", .last = 1},
                                 {.call = "open", .path = "*/run.json.tmp-*", .last = 1},
                                 {.call = "open", .path = "*/metrics.jsonl", .last = 1},
                                 {.call = "write", .path = "*/metrics.jsonl", .first = 2, .last = 3},
                                 {.call = "close", .path = "*/metrics.jsonl", .first = 2, .last = 2},
                                 {.call = "close", .path = "*/metrics.csv", .last = 1},
                                 {.call = "write", .path = "*/metrics.csv", .last = 1},
                                 {.call = "write", .path = "*/best.safetensors.tmp-*", .last = 1},
                                 {.call = "write", .path = "*/blobs/model.safetensors.tmp-*", .last = 1}}) {
    const TemporaryFolder folder;
    const Outcome outcome = faulty_training(folder, {fault});
    const std::string what = fault.call + " " + fault.path;
    EXPECT_EQ(outcome.code, 0) << what << outcome.err;
    EXPECT_EQ(run_of(folder / "blobs").at("status"), "completed") << what;
    EXPECT_EQ(event_names(folder), whole_log) << what;
    const std::string table = read_text(folder / "blobs/metrics.csv");
    EXPECT_TRUE(table.starts_with("epoch,") && contains(table, "\n1,") && contains(table, "\n2,")) << what << table;
    EXPECT_EQ(std::ranges::count(table, '\n'), 3) << what << table;
    EXPECT_TRUE(contains(read_text(folder / "blobs/config.toml"), "[train]")) << what;
    EXPECT_EQ(hash_of(folder / "blobs/model.safetensors"), run_of(folder / "blobs").at("weights_hash")) << what;
    EXPECT_EQ(hash_of(folder / "blobs/checkpoints/best.safetensors"), run_of(folder / "blobs").at("weights_hash"))
        << what;
    EXPECT_TRUE(contains(read_text(folder / "calls"), "failed")) << what;
  }
}

/// a9641de named the first one alone, and did not notice that closing fails.
TEST(Recovery, TheLastWordSaysWhatIsMissing) {
  const TemporaryFolder folder;
  const Outcome outcome = faulty_training(folder, {{.call = "close", .path = "*/metrics.csv"},
                                                   {.call = "open", .path = "*/checkpoints/best.safetensors.tmp-*"},
                                                   {.call = "open", .path = "*/blobs/model.safetensors.tmp-*"}});
  EXPECT_EQ(outcome.code, 3);
  const std::string last = outcome.err.substr(outcome.err.rfind("minnow: error: "));
  EXPECT_TRUE(contains(last, (folder / "blobs/metrics.csv").string() + ": cannot be written: Input/output error"));
  EXPECT_TRUE(contains(last, "; also missing: checkpoints/best.safetensors, model.safetensors\n"));
  EXPECT_EQ(run_of(folder / "blobs").at("status"), "failed");
  EXPECT_EQ("minnow: error: " + run_of(folder / "blobs").at("message").get<std::string>() + "\n", last);
  EXPECT_EQ(event_names(folder), whole_log) << "everything else is there";
  EXPECT_EQ(hash_of(folder / "blobs/checkpoints/last.safetensors"), run_of(folder / "blobs").at("weights_hash"));
}

/// run.json of a9641de said "completed" beside exit code 3.
TEST(Recovery, ALastEventThatCannotBeWrittenIsAFailure) {
  const TemporaryFolder folder;
  const Outcome outcome = faulty_training(folder, {{.call = "open", .path = "*/metrics.jsonl", .first = 5}});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(event_names(folder), (std::vector<std::string>{"run_start", "epoch", "epoch", "eval"}));
  EXPECT_EQ(run_of(folder / "blobs").at("status"), "failed");
  EXPECT_TRUE(contains(run_of(folder / "blobs").at("message").get<std::string>(), "metrics.jsonl"));
}

/// A full disk has room for the new run.json once the old one is gone.
TEST(Recovery, TheLastRunFileTakesThePlaceOfTheFirst) {
  const TemporaryFolder folder;
  const Outcome outcome =
      faulty_training(folder, {{.call = "write", .path = "*/run.json.tmp-*", .first = 2, .last = 2, .error = ENOSPC}});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(run_of(folder / "blobs").at("status"), "completed");
  const std::vector<std::string> calls = noted_calls(folder / "calls");
  const std::string file = (folder / "blobs/run.json").string();
  EXPECT_EQ(std::ranges::count(calls, "write " + file), 1) << "in its place";
}

/// Where nothing helps, the first one stays, and the folder a run.
TEST(Recovery, ALastRunFileThatCannotBeWrittenLeavesTheFirst) {
  const TemporaryFolder folder;
  const Outcome outcome =
      faulty_training(folder, {{.call = "write", .path = "*/run.json*", .first = 2, .error = ENOSPC}});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "run.json: cannot be written: No space left on device")) << outcome.err;
  EXPECT_EQ(run_of(folder / "blobs").at("status"), "running");
  EXPECT_EQ(minnow({"inspect", folder / "blobs"}).code, 0);
}

/// A kill between two renames left neither of the runs: the folders are exchanged in one.
TEST(Recovery, AnOverwrittenRunIsThereAtEveryMoment) {
  const TemporaryFolder folder;
  ASSERT_EQ(minnow(quick_training(folder)).code, 0);
  const Outcome outcome = faulty_training(folder, {}, {"--overwrite"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const std::string& call : noted_calls(folder / "calls")) {
    EXPECT_FALSE(call.starts_with("rename ") && call.ends_with("-old")) << call;
  }
}

/// Their names stood among those of what is missing, as if they had not been written.
TEST(Recovery, CheckpointsThatCannotBeRemovedAreNotMissing) {
  const TemporaryFolder folder;
  const Outcome outcome = faulty_training(folder, {{.call = "unlink", .path = "*/checkpoints/epoch-?.safetensors"}},
                                          {"--epochs", "4", "--set", "checkpoint.top=1"});
  EXPECT_EQ(outcome.code, 3);
  const std::string last = outcome.err.substr(outcome.err.rfind("minnow: error: "));
  EXPECT_TRUE(contains(last, "cannot be removed: Input/output error; also missing: the removal of checkpoints/epoch-"));
}

}  // namespace
}  // namespace minnow::test
