// SPDX-License-Identifier: Apache-2.0
/// train --init MODEL: a training that starts from given weights.
#include "tests/cli/harness.hpp"

namespace minnow::test {
namespace {

std::vector<std::string> training(const TemporaryFolder& folder, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"train", "--dataset",           "blobs", "--epochs", "1", "--device", "cpu",
                                        "--out", folder.path().string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(Init, StartsFromTheWeightsAndLayersOfAModel) {
  const TemporaryFolder folder;
  ASSERT_EQ(minnow(training(folder, {"--name", "first", "--hidden", "12,6", "--activation", "tanh"})).code, 0);
  const Json first = run_of(folder / "first");
  for (const std::string model : {"first", "first/model.safetensors"}) {
    const Outcome outcome = minnow(training(folder, {"--name", "next", "--init", folder / model, "--seed", "2"}));
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  const Json next = run_of(folder / "next"), again = run_of(folder / "next-2");
  EXPECT_EQ(next.at("initial_weights_hash"), first.at("weights_hash"));
  EXPECT_NE(next.at("weights_hash"), first.at("weights_hash"));
  EXPECT_EQ(next.at("seed"), 2);
  EXPECT_EQ(next.at("weights_hash"), again.at("weights_hash")) << "a run is the model that it holds";
  EXPECT_TRUE(contains(read_text(folder / "next/config.toml"),
                       "init = \"" + (folder / "first/model.safetensors").string() + "\""));
  ASSERT_EQ(minnow({"train", "-c", folder / "next/config.toml", "--name", "repeated"}).code, 0);
  EXPECT_EQ(run_of(folder / "repeated").at("weights_hash"), next.at("weights_hash"));
  ASSERT_EQ(minnow(training(folder, {"--name", "other", "--init", folder / "first", "--seed", "3"})).code, 0);
  EXPECT_EQ(run_of(folder / "other").at("initial_weights_hash"), first.at("weights_hash"));
  EXPECT_NE(run_of(folder / "other").at("weights_hash"), next.at("weights_hash")) << "the seed orders the rows";
}

TEST(Init, RefusesWhatDoesNotFit) {
  const TemporaryFolder folder;
  ASSERT_EQ(minnow(training(folder, {"--name", "first", "--hidden", "12"})).code, 0);
  const std::string model = folder / "first/model.safetensors";
  const Outcome other = minnow(training(folder, {"--init", model, "--hidden", "13"}));
  EXPECT_EQ(other.code, 7);
  EXPECT_TRUE(contains(other.err, model + ": cannot be started from: its tensor 'dense1.weight' [16, 12]"));
  EXPECT_TRUE(contains(other.err, "'dense1.weight' [16, 13]"));
  EXPECT_EQ(minnow(training(folder, {"--init", model, "--hidden", "12", "--dry-run"})).code, 0);
  EXPECT_EQ(minnow(training(folder, {"--init", folder / "none"})).code, 3);
  const Outcome empty = minnow(training(folder, {"--init", folder.path().string()}));
  EXPECT_EQ(empty.code, 3);
  EXPECT_TRUE(contains(empty.err, "--init: model.init = ")) << empty.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "blobs"));
}

}  // namespace
}  // namespace minnow::test
