// SPDX-License-Identifier: Apache-2.0
/// Trainings that go wrong: what stays of them.
#include <csignal>

#include "tests/cli/harness.hpp"
#include "tests/support/idx_files.hpp"

namespace minnow::test {
namespace {

TEST(Failure, AKilledRunLeavesItsCheckpoints) {
  const TemporaryFolder folder;
  Process process(long_training(folder));
  ASSERT_TRUE(process.wait_for_error("epoch    3/1000"));
  process.send(SIGKILL);
  EXPECT_EQ(process.finish().code, 128 + SIGKILL);
  const Json last = json_of(minnow({"inspect", folder / "blobs/checkpoints/last.safetensors", "--json"})).at("model");
  EXPECT_TRUE(contains(read_text(folder / "blobs/metrics.jsonl"), last.at("weights_hash").get<std::string>()));
  EXPECT_TRUE(std::filesystem::exists(folder / "blobs/checkpoints/best.safetensors"));
  EXPECT_TRUE(contains(read_text(folder / "blobs/metrics.csv"), "\n2,"));

  const Json inspected = json_of(minnow({"inspect", folder / "blobs", "--json"}));
  EXPECT_EQ(inspected.at("run").at("status"), "running");
  EXPECT_EQ(inspected.at("model").at("weights_hash"), last.at("weights_hash"));
  const Outcome evaluated = minnow({"eval", folder / "blobs", "--device", "cpu"});
  EXPECT_EQ(evaluated.code, 0) << evaluated.err;
  EXPECT_TRUE(contains(evaluated.err, "checkpoints/last.safetensors"));
}

TEST(Failure, ARunWithoutAModelIsInspected) {
  const TemporaryFolder folder;
  ASSERT_EQ(minnow(quick_training(folder)).code, 0);
  std::filesystem::remove(folder / "blobs/model.safetensors");
  std::filesystem::remove_all(folder / "blobs/checkpoints");
  const Outcome outcome = minnow({"inspect", folder / "blobs"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "status      completed"));
  EXPECT_EQ(json_of(minnow({"inspect", folder / "blobs", "--json"})).at("model"), Json());
}

TEST(Failure, ALogThatFailsCostsNoWeights) {
  const TemporaryFolder folder;
  Process process(long_training(folder));
  ASSERT_TRUE(process.wait_for_error("epoch    1/1000"));
  const std::filesystem::path log = folder / "blobs/metrics.jsonl";
  std::filesystem::rename(log, folder / "blobs/moved");
  std::filesystem::create_directory(log);
  ASSERT_TRUE(process.wait_for_error("the training goes on"));
  process.send(SIGINT);
  const Outcome outcome = process.finish();
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "minnow: error: " + log.string() + ": cannot be written: Is a directory"));
  EXPECT_EQ(run_of(folder / "blobs").at("status"), "failed");
  EXPECT_TRUE(contains(run_of(folder / "blobs").at("message").get<std::string>(), "Is a directory"));
  const Json model = json_of(minnow({"inspect", folder / "blobs/model.safetensors", "--json"})).at("model");
  EXPECT_EQ(model.at("weights_hash"), run_of(folder / "blobs").at("weights_hash"));
}

TEST(Failure, AFileThatMayNotGrowIsADataError) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(quick_training(folder, {"--hidden", "64,64"}), {.largest_file = 20 * 1024});
  EXPECT_EQ(outcome.code, 3) << "not killed by SIGXFSZ";
  EXPECT_TRUE(contains(outcome.err, "ulimit -f"));
  EXPECT_TRUE(contains(outcome.err, "model.safetensors is not saved"));
  EXPECT_EQ(run_of(folder / "blobs").at("status"), "failed");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    EXPECT_EQ(entry.path().string().find(".tmp"), std::string::npos) << entry.path();
  }
}

TEST(Failure, AnIgnoredSignalStaysIgnored) {
  const TemporaryFolder folder;
  Process process(long_training(folder), {.ignored_signal = SIGINT});
  ASSERT_TRUE(process.wait_for_error("epoch    1/1000"));
  process.send(SIGINT);
  ASSERT_TRUE(process.wait_for_error("epoch   10/1000"));
  process.send(SIGTERM);
  EXPECT_EQ(process.finish().code, 128 + SIGTERM);
}

TEST(Failure, BrokenIdxFilesAreDataErrors) {
  const std::string images = idx_bytes({6, 2, 2}, counting(24, 256)), labels = idx_bytes({6}, counting(6, 10));
  const std::string packed = gzip(images);
  struct Broken {
    const char* file;
    std::string bytes;
  };
  const Broken cases[] = {{"train-images-idx3-ubyte", images.substr(0, images.size() - 1)},
                          {"train-images-idx3-ubyte", "\x7f" + images},
                          {"train-images-idx3-ubyte", idx_bytes({7, 2, 2}, counting(28, 256))},
                          {"train-images-idx3-ubyte", packed.substr(0, packed.size() / 2)},
                          {"train-images-idx3-ubyte", packed.substr(0, 12) + "corrupt" + packed.substr(19)},
                          {"t10k-labels-idx1-ubyte", idx_bytes({6}, counting(6, 256)).replace(13, 1, "\xff")}};
  for (const Broken& broken : cases) {
    const TemporaryFolder folder;
    for (const char* set : {"train", "t10k"}) {
      write_text(folder / (std::string(set) + "-images-idx3-ubyte"), images);
      write_text(folder / (std::string(set) + "-labels-idx1-ubyte"), labels);
    }
    write_text(folder / broken.file, broken.bytes);
    const Outcome outcome = minnow({"train", "--dataset", folder.path().string(), "--out", folder / "runs"});
    EXPECT_EQ(outcome.code, 3) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, broken.file)) << outcome.err;
    EXPECT_FALSE(std::filesystem::exists(folder / "runs"));
  }
}

TEST(Failure, NamesThatCannotBeSavedAreFoundBeforeTraining) {
  const TemporaryFolder folder;
  for (const std::string name : {"n\xff", "n\x1b[2J", "a\nb", " "}) {
    const Outcome outcome = minnow(quick_training(folder, {"--name", name}));
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "name"));
    EXPECT_EQ(outcome.err.find_first_of("\xff\x1b"), std::string::npos) << outcome.err;
  }
  const std::string config = folder / "run.toml";
  write_text(config, "[output]\nname = \"a\\u0000b\"\n");
  EXPECT_EQ(minnow(quick_training(folder, {"-c", config})).code, 2);
  EXPECT_EQ(minnow({"train", "--dataset", folder / "d\xff"}).code, 2);
  std::filesystem::create_directory(folder / "d\xff");
  const Outcome inside = minnow(quick_training(folder, {"--max-steps", "1"}), {.folder = folder / "d\xff"});
  EXPECT_EQ(inside.code, 0) << "a generated set needs no path: " << inside.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "a"));
}

TEST(Failure, WhatTrainRefusesLeavesNoFolderAndDryRunRefusesIt) {
  const TemporaryFolder folder;
  const std::string config = folder / "run.toml";
  write_text(config, "[loss]\ntype = \"mse\"\n[[model.layer]]\nunits = 10\nactivation = \"softmax\"\n");
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{{}, {"--dry-run"}}) {
    std::vector<std::string> arguments = {"train", "--dataset", "blobs", "--device",     "cpu",
                                          "-c",    config,      "--out", folder / "runs"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = minnow(arguments);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "run.toml:2:1: mse on softmax"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "runs"));
}

}  // namespace
}  // namespace minnow::test
