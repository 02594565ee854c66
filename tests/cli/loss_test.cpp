// SPDX-License-Identifier: Apache-2.0
/// Losses and their settings, from the command line to the model file and back.
#include "tests/cli/harness.hpp"
#include "tests/support/idx_files.hpp"

namespace minnow::test {
namespace {

/// Exit code 2, and a message that holds every part.
void expect_refusal(const std::vector<std::string>& options, const std::vector<std::string>& parts) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(quick_training(folder, options));
  EXPECT_EQ(outcome.code, 2) << testing::PrintToString(options) << outcome.err;
  for (const std::string& part : parts) EXPECT_TRUE(contains(outcome.err, part));
}

/// Trains, then evaluates from the model file alone: the loss and its settings stand there.
void expect_same_loss(std::vector<std::string> training) {
  training.insert(training.end(), {"--json", "--name", "loss"});
  const Outcome trained = minnow(training);
  ASSERT_EQ(trained.code, 0) << trained.err;
  const Json run = json_of(trained);
  const Outcome evaluated = minnow({"eval", run.at("run_dir"), "--device", "cpu", "--json"});
  ASSERT_EQ(evaluated.code, 0) << evaluated.err;
  EXPECT_EQ(json_of(evaluated).at("test/loss"), run.at("test/loss")) << testing::PrintToString(training);
  EXPECT_GT(run.at("test/accuracy"), 0.3) << testing::PrintToString(training);
}

TEST(LossOptions, EveryLossTrainsAndStandsInTheModelFile) {
  const TemporaryFolder folder;
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{"--loss", "cross_entropy", "--label-smoothing", "0.1"},
                                             {"--class-weights", "1,2,0.5,1,1,1,1,1,1,1"},
                                             {"--loss", "bce"},
                                             {"--loss", "mse"},
                                             {"--loss", "mae"},
                                             {"--loss", "huber", "--delta", "0.25"}}) {
    expect_same_loss(quick_training(folder, options));
  }
}

TEST(LossOptions, BinaryCrossEntropyOfTwoClassesHasOneOutput) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "data");
  std::string images;
  for (int row = 0; row < 60; ++row) images += std::string(4, static_cast<char>(row % 2 == 0 ? 10 : 200));
  for (const char* set : {"train", "t10k"}) {
    write_text(folder / ("data/" + std::string(set) + "-images-idx3-ubyte"), idx_bytes({60, 2, 2}, images));
    write_text(folder / ("data/" + std::string(set) + "-labels-idx1-ubyte"), idx_bytes({60}, counting(60, 2)));
  }
  for (const char* head : {"linear", "sigmoid"}) {
    write_text(folder / "run.toml",
               "[loss]\ntype = \"bce\"\n[optimizer]\nlr = 0.1\n[train]\nbatch = 10\nepochs = 20\n"
               "[[model.layer]]\nunits = 1\nactivation = \"" +
                   std::string(head) + "\"\n");
    const std::string runs = folder / "runs";
    const Outcome trained = minnow({"train", "-c", folder / "run.toml", "--dataset", folder / "data", "--device", "cpu",
                                    "--out", runs, "--name", head, "--json"});
    ASSERT_EQ(trained.code, 0) << trained.err;
    EXPECT_EQ(json_of(trained).at("test/accuracy"), 1);
    const Outcome predicted = minnow({"predict", runs + "/" + head, "--limit", "2", "--json", "--device", "cpu"});
    ASSERT_EQ(predicted.code, 0) << predicted.err;
    for (const Json& row : json_of(predicted).at("rows")) {
      EXPECT_EQ(row.at("predicted"), row.at("label"));
      EXPECT_EQ(row.at("probabilities").size(), 1u);
      EXPECT_EQ(row.at("probabilities")[0] > 0.5, row.at("label") == 1);
    }
  }
  const Outcome plain = minnow({"train", "--loss", "bce", "--dataset", folder / "data", "--device", "cpu", "--batch",
                                "10", "--hidden", "3", "--dry-run", "--json"});
  ASSERT_EQ(plain.code, 0) << plain.err;
  EXPECT_EQ(json_of(plain).at("parameters"), 4 * 3 + 3 + 3 + 1);
}

TEST(LossOptions, BadValues) {
  expect_refusal({"--label-smoothing", "1"}, {"--label-smoothing 1: expected a finite number in [0, 1)"});
  expect_refusal({"--label-smoothing", "nan"}, {"--label-smoothing nan"});
  expect_refusal({"--class-weights", "1,-1"}, {"--class-weights 1,-1: expected a list of finite numbers >= 0"});
  expect_refusal({"--class-weights", "1,nan"}, {"--class-weights 1,nan: expected a list"});
  expect_refusal({"--class-weights", "1,two"}, {"--class-weights 1,two: expected a list"});
  expect_refusal({"--loss", "cross_entropy", "--class-weights", "1,2"},
                 {"error: --class-weights: loss.class_weights: 2 class weights", "10 outputs"});
  expect_refusal({"--class-weights", "0,0,0,0,0,0,0,0,0,0"}, {"all class weights are 0"});
  expect_refusal({"--loss", "huber", "--delta", "0"}, {"--delta 0: expected a finite number > 0"});
  expect_refusal({"--delta", "2"}, {"loss.delta = 2 means nothing beside loss.type = cross_entropy"});
  expect_refusal({"--loss", "mse", "--label-smoothing", "0.1"}, {"loss.label_smoothing = 0.1 means nothing"});
  expect_refusal({"--loss", "bce", "--class-weights", "1,2"}, {"loss.class_weights = 1,2 means nothing"});
}

TEST(LossOptions, ListsOfNumbersInFiles) {
  const TemporaryFolder folder;
  write_text(folder / "run.toml", "[loss]\nclass_weights = [1, 0.5, 2, 1, 1, 1, 1, 1, 1, 1]\n");
  const Outcome outcome = minnow(quick_training(folder, {"-c", folder / "run.toml", "--dry-run"}));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "class_weights = [1.0, 0.5, 2.0, 1.0"));
  write_text(folder / "run.toml", "[loss]\nclass_weights = [1, \"two\"]\n");
  const Outcome wrong = minnow(quick_training(folder, {"-c", folder / "run.toml", "--dry-run"}));
  EXPECT_EQ(wrong.code, 2);
  EXPECT_TRUE(
      contains(wrong.err, "run.toml:2:1: loss.class_weights: expected a list of finite numbers >= 0, or none, found"));
}

TEST(LossOptions, AnUnseenLabelIsNamed) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "data");
  const std::string images(40, '\1');
  for (const char* set : {"train", "t10k"}) {
    write_text(folder / ("data/" + std::string(set) + "-images-idx3-ubyte"), idx_bytes({10, 2, 2}, images));
  }
  write_text(folder / "data/train-labels-idx1-ubyte", idx_bytes({10}, counting(10, 3)));
  write_text(folder / "data/t10k-labels-idx1-ubyte", idx_bytes({10}, counting(10, 4)));
  const Outcome outcome =
      minnow({"train", "--dataset", folder / "data", "--batch", "2", "--device", "cpu", "--out", folder / "runs"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "label 3"));
}

}  // namespace
}  // namespace minnow::test
