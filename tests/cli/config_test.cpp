// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/harness.hpp"

namespace minnow::test {
namespace {

/// Eight images of 2 x 2 for training and four for the test, of ten classes.
void write_idx_set(const std::filesystem::path& folder) {
  for (const auto& [set, rows] : {std::pair<std::string, char>{"train", 8}, std::pair<std::string, char>{"t10k", 4}}) {
    const std::string count = std::string(3, '\0') + rows, side("\0\0\0\2", 4);
    write_text(folder / (set + "-images-idx3-ubyte"),
               std::string("\0\0\x08\3", 4) + count + side + side + std::string(4 * rows, 'x'));
    write_text(folder / (set + "-labels-idx1-ubyte"), std::string("\0\0\x08\1", 4) + count + std::string(rows, '\x09'));
  }
}

TEST(Config, FlagsWinOverSetOverFileOverDefault) {
  const TemporaryFolder folder;
  const std::string file = folder / "run.toml";
  write_text(file, "[data]\ndataset = \"blobs\"\n[train]\nepochs = 3\nbatch = 16\nseed = 5\n");
  const std::string text =
      planned_config({"--epochs", "7", "--set", "train.batch=32", "--set", "train.epochs=9", "-c", file});
  EXPECT_TRUE(contains(text, "epochs = 7\n"));
  EXPECT_TRUE(contains(text, "batch = 32\n"));
  EXPECT_TRUE(contains(text, "seed = 5\n"));
  EXPECT_TRUE(contains(text, "max_steps = 0\n"));
}

TEST(Config, AnIntegerMayBeLeftToMinnow) {
  const TemporaryFolder folder;
  const std::string file = folder / "run.toml";
  write_text(file, "[data]\ndataset = \"blobs\"\nvalidation = \"Auto\"\n");
  EXPECT_TRUE(contains(planned_config({"-c", file}), "validation = \"auto\"\n"));
  EXPECT_TRUE(contains(planned_config({"-c", file, "--validation", "100"}), "validation = 100\n"));
  EXPECT_TRUE(contains(planned_config({"--dataset", "blobs", "--validation", "auto"}), "validation = \"auto\"\n"));
  write_text(file, "[data]\nvalidation = \"half\"\n");
  const Outcome outcome = minnow({"train", "--dry-run", "-c", file, "--validation", "-1"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_TRUE(contains(outcome.err,
                       "validation = half: expected auto, a share in (0, 1) or an integer from 0 to 2147483647, found "
                       "text"));
  EXPECT_EQ(minnow({"train", "--dry-run", "--dataset", "blobs", "--validation", "-1"}).code, 2);
}

TEST(Config, LaterFilesWin) {
  const TemporaryFolder folder;
  write_text(folder / "a.toml", "[data]\ndataset = \"blobs\"\n[train]\nepochs = 3\nbatch = 16\n");
  write_text(folder / "b.toml", "[train]\nepochs = 4\n");
  const std::string text = planned_config({"-c", folder / "a.toml", "-c", folder / "b.toml"});
  EXPECT_TRUE(contains(text, "epochs = 4\n"));
  EXPECT_TRUE(contains(text, "batch = 16\n"));
}

TEST(Config, EveryKeyComesBackAsItWasWritten) {
  const TemporaryFolder folder;
  const std::string file = folder / "run.toml";
  const std::string text = planned_config({"--dataset",      "blobs",
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
  EXPECT_EQ(planned_config({"-c", file}), text);
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
  const std::string text = planned_config({"-c", file});
  EXPECT_TRUE(contains(text, "name = \"first\"\n"));
  EXPECT_TRUE(contains(text, "init = \"normal(0,0.01)\"\n"));
  EXPECT_TRUE(contains(text, "activation = \"silu\"\n"));  // saved in one spelling
  EXPECT_TRUE(contains(text, "rate = 0.5\n"));
  write_text(file, text);
  EXPECT_EQ(planned_config({"-c", file}), text);
}

TEST(Config, OtherLibrariesSpellingsAreUnderstood) {
  EXPECT_TRUE(contains(planned_config({"--dataset", "blobs", "--activation", "swish"}), "activation = \"silu\"\n"));
}

TEST(Config, NoHiddenLayerIsALinearModel) {
  for (const char* none : {"none", "None", "[]", "[ ]"}) {
    EXPECT_TRUE(contains(planned_config({"--dataset", "blobs", "--hidden", none}), "hidden = []\n"));
  }
  const TemporaryFolder folder;
  write_text(folder / "run.toml", "[data]\ndataset = \"blobs\"\n[model]\nhidden = \"none\"\n");
  EXPECT_TRUE(contains(planned_config({"-c", folder / "run.toml"}), "hidden = []\n"));
}

TEST(Config, WhatWasUsedIsWrittenOut) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "mnist");
  write_idx_set(folder / "mnist");
  const Surroundings there = {.environment = {{"MINNOW_DATA", "."}}, .folder = folder.path()};
  const auto config = [&](const std::string& dataset) {
    return json_of(minnow({"train", "--dataset", dataset, "--dry-run", "--json", "--batch", "4"}, there))
        .at("config")
        .get<std::string>();
  };
  const std::string data = std::filesystem::canonical(folder.path()).string();
  EXPECT_TRUE(contains(config("MNIST"), "dataset = \"mnist\"\ndir = \"" + data + "\"\n"));
  EXPECT_TRUE(contains(config("./mnist"), "dataset = \"" + data + "/mnist\"\n"));
  EXPECT_EQ(config("mnist").find("device = \"auto\""), std::string::npos);
  EXPECT_EQ(config("mnist").find("threads = 0"), std::string::npos);
}

TEST(Config, OnlyWhatMeansSomethingIsWrittenOut) {
  const std::string adam = planned_config({"--dataset", "blobs"});
  EXPECT_TRUE(contains(adam, "beta1 = "));
  for (const char* key : {"momentum", "alpha", "gamma", "minimum", "restore_best"}) {
    EXPECT_EQ(adam.find(key), std::string::npos) << key;
  }
  const TemporaryFolder folder;
  write_text(folder / "adam.toml", adam);
  const std::string sgd = planned_config({"-c", folder / "adam.toml", "--optimizer", "sgd"});
  EXPECT_TRUE(contains(sgd, "momentum = ")) << "what the file says about adam is void";
  EXPECT_EQ(sgd.find("beta1"), std::string::npos);
}

TEST(Config, ARuleHasItsOwnDefaults) {
  const std::string lion = planned_config({"--dataset", "blobs", "--optimizer", "lion"});
  EXPECT_TRUE(contains(lion, "lr = 0.0001\n"));
  EXPECT_TRUE(contains(lion, "beta2 = 0.99\n"));
  const std::string adagrad = planned_config({"--dataset", "blobs", "--optimizer", "adagrad", "--lr", "0.5"});
  EXPECT_TRUE(contains(adagrad, "lr = 0.5\n"));
  EXPECT_TRUE(contains(adagrad, "eps = 1e-10\n"));
}

/// Every key that some rule or schedule has, written out and read back.
TEST(Config, EveryOptimizerAndScheduleComesBackAsItWasWritten) {
  const TemporaryFolder folder;
  const std::string file = folder / "run.toml";
  for (const char* rule : {"SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "AdamW", "NAdam", "Lion"}) {
    const std::string text = planned_config({"--dataset", "blobs", "--optimizer", rule, "--weight-decay", "0.5",
                                             "--clip-norm", "2", "--set", "optimizer.decay=SumOfSquares", "--set",
                                             "optimizer.decay_biases=false", "--set", "optimizer.clip_value=3"});
    EXPECT_TRUE(
        contains(text, "decay = \"sum_of_squares\"\ndecay_biases = false\nclip_value = 3.0\nclip_norm = 2.0\n"));
    write_text(file, text);
    EXPECT_EQ(planned_config({"-c", file}), text);
  }
  for (const char* type : {"ConstantLR", "StepLR", "LinearLR", "ExponentialLR", "PolynomialLR", "CosineAnnealingLR",
                           "CosineAnnealingWarmRestarts", "OneCycleLR", "ReduceLROnPlateau"}) {
    const std::string text = planned_config({"--dataset", "blobs", "--schedule", type, "--warmup", "0.5"});
    write_text(file, text);
    EXPECT_EQ(planned_config({"-c", file}), text);
  }
  write_text(file,
             "[data]\ndataset = \"blobs\"\n[optimizer]\nlr = 0.2\n[schedule]\ntype = \"subtractive_step\"\n"
             "milestones = [0, 5]\namount = 0.05\ninterval = \"epoch\"\n");
  const std::string text = planned_config({"-c", file});
  EXPECT_TRUE(contains(text, "milestones = [0, 5]\n"));
  write_text(file, text);
  EXPECT_EQ(planned_config({"-c", file}), text);
}

TEST(Config, TextIsQuotedAsTomlReadsIt) {
  const TemporaryFolder folder;
  const std::string text = planned_config({"--dataset", "blobs", "--name", "a\"b\\c \u00e4"});
  EXPECT_TRUE(contains(text, "name = \"a\\\"b\\\\c \u00e4\"\n"));
  write_text(folder / "run.toml", text);
  EXPECT_EQ(planned_config({"-c", folder / "run.toml"}), text);
}

TEST(Config, SetTakesTextInQuotes) {
  EXPECT_TRUE(contains(planned_config({"--set", "data.dataset=\"blobs\""}), "dataset = \"blobs\"\n"));
  EXPECT_TRUE(contains(planned_config({"--dataset", "blobs", "--set", "optimizer.type='sgd'"}), "type = \"sgd\"\n"));
}

TEST(Config, ADryRunCountsWhatTrainingTakes) {
  const Json json = json_of(minnow({"train", "--dataset", "blobs", "--hidden", "512,512", "--batch", "8000", "--device",
                                    "cpu", "--dry-run", "--json"}));
  // Two hidden layers' outputs and their gradients, in floats.
  EXPECT_GT(json.at("training_bytes").get<double>(), 2.0 * 2 * 8000 * 512 * 4);
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
