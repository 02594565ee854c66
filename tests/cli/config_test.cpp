// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/harness.hpp"

namespace minnow::test {
namespace {

/// The configuration that a dry run prints, without the comments above it.
std::string rendered(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"train", "--dry-run", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome outcome = minnow(arguments);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const Json json = json_of(outcome);
  return json.is_object() ? json["config"].get<std::string>() : std::string();
}

TEST(Config, FlagsWinOverSetOverFileOverDefault) {
  const TemporaryFolder folder;
  const std::string file = folder / "run.toml";
  write_text(file, "[data]\ndataset = \"blobs\"\n[train]\nepochs = 3\nbatch = 16\nseed = 5\n");
  const std::string text =
      rendered({"--epochs", "7", "--set", "train.batch=32", "--set", "train.epochs=9", "-c", file});
  EXPECT_TRUE(contains(text, "epochs = 7\n"));
  EXPECT_TRUE(contains(text, "batch = 32\n"));
  EXPECT_TRUE(contains(text, "seed = 5\n"));
  EXPECT_TRUE(contains(text, "max_steps = 0\n"));
}

TEST(Config, LaterFilesWin) {
  const TemporaryFolder folder;
  write_text(folder / "a.toml", "[data]\ndataset = \"blobs\"\n[train]\nepochs = 3\nbatch = 16\n");
  write_text(folder / "b.toml", "[train]\nepochs = 4\n");
  const std::string text = rendered({"-c", folder / "a.toml", "-c", folder / "b.toml"});
  EXPECT_TRUE(contains(text, "epochs = 4\n"));
  EXPECT_TRUE(contains(text, "batch = 16\n"));
}

TEST(Config, EveryKeyComesBackAsItWasWritten) {
  const TemporaryFolder folder;
  const std::string file = folder / "run.toml";
  const std::string text = rendered({"--dataset",      "blobs",
                                     "--validation",   "100",
                                     "--hidden",       "5,4",
                                     "--activation",   "leaky_relu(0.2)",
                                     "--dropout",      "0.25",
                                     "--loss",         "mse",
                                     "--optimizer",    "sgd",
                                     "--lr",           "0.3",
                                     "--momentum",     "0.9",
                                     "--weight-decay", "1e-5",
                                     "--schedule",     "step",
                                     "--warmup",       "0.5",
                                     "--epochs",       "3",
                                     "--batch",        "17",
                                     "--seed",         "9007199254740992",
                                     "--max-steps",    "4000000000",
                                     "--patience",     "2",
                                     "--device",       "cpu",
                                     "--threads",      "2",
                                     "--numerics",     "strict",
                                     "--out",          folder / "a \"b\"\\c",
                                     "--name",         "n",
                                     "--set",          "optimizer.nesterov=true",
                                     "--set",          "schedule.gamma=0.7",
                                     "--set",          "early_stopping.monitor=val_accuracy",
                                     "--set",          "early_stopping.restore_best=false",
                                     "--set",          "data.seed=3"});
  write_text(file, text);
  EXPECT_EQ(rendered({"-c", file}), text);
  EXPECT_TRUE(contains(text, "activation = \"leaky_relu(0.2)\"\n"));
  EXPECT_TRUE(contains(text, "hidden = [5, 4]\n"));
  EXPECT_TRUE(contains(text, "max_steps = 4000000000\n"));
  EXPECT_TRUE(contains(text, "nesterov = true\n"));
}

TEST(Config, LayersComeBackAsTheyWereWritten) {
  const TemporaryFolder folder;
  const std::string file = folder / "run.toml";
  write_text(file,
             "[data]\ndataset = \"blobs\"\n[[model.layer]]\nunits = 8\nname = \"first\"\ninit = \"normal(0,0.01)\"\n"
             "bias_init = \"constant(0.1)\"\n[[model.layer]]\ntype = \"activation\"\nactivation = \"swish\"\n"
             "[[model.layer]]\ntype = \"dropout\"\nrate = 0.5\n[[model.layer]]\nunits = 10\n");
  const std::string text = rendered({"-c", file});
  EXPECT_TRUE(contains(text, "name = \"first\"\n"));
  EXPECT_TRUE(contains(text, "init = \"normal(0,0.01)\"\n"));
  EXPECT_TRUE(contains(text, "activation = \"silu\"\n"));  // saved in one spelling
  EXPECT_TRUE(contains(text, "rate = 0.5\n"));
  write_text(file, text);
  EXPECT_EQ(rendered({"-c", file}), text);
}

TEST(Config, OtherLibrariesSpellingsAreUnderstood) {
  EXPECT_TRUE(contains(rendered({"--dataset", "blobs", "--activation", "swish"}), "activation = \"silu\"\n"));
}

TEST(Config, NoHiddenLayerIsALinearModel) {
  for (const char* none : {"none", "", "[]"}) {
    EXPECT_TRUE(contains(rendered({"--dataset", "blobs", "--hidden", none}), "hidden = []\n"));
  }
}

TEST(Config, ADryRunShowsShapesAndTrainsNothing) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(quick_training(folder, {"--dry-run"}));
  EXPECT_EQ(outcome.code, 0);
  EXPECT_TRUE(contains(outcome.out, "[train]\nepochs = 2\n"));
  EXPECT_TRUE(contains(outcome.out, "dense1"));
  EXPECT_TRUE(contains(outcome.out, "memory"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace minnow::test
