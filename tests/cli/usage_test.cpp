// SPDX-License-Identifier: Apache-2.0
/// Everything that a user can mistype: exit code 2, and a message that helps.
#include "tests/cli/harness.hpp"

namespace minnow::test {
namespace {

/// Exit code 2 and a message that holds every part.
void expect_usage_error(const std::vector<std::string>& arguments, const std::vector<std::string>& parts) {
  const Outcome outcome = minnow(arguments);
  EXPECT_EQ(outcome.code, 2) << testing::PrintToString(arguments) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(contains(outcome.err, "minnow: error: "));
  for (const std::string& part : parts) EXPECT_TRUE(contains(outcome.err, part));
}

/// The same for a configuration file with this text.
void expect_config_error(const std::string& text, const std::vector<std::string>& parts) {
  const TemporaryFolder folder;
  const std::string file = folder / "run.toml";
  write_text(file, text);
  expect_usage_error({"train", "--dry-run", "-c", file}, parts);
}

TEST(Usage, UnknownCommandsAreSuggested) {
  expect_usage_error({"trian"}, {"unknown command \"trian\"", "did you mean \"train\"?"});
  expect_usage_error({"gradchek"}, {"did you mean \"gradcheck\"?"});
  expect_usage_error({"help", "doktor"}, {"did you mean \"doctor\"?"});
  expect_usage_error({"--versoin"}, {"unknown option \"--versoin\""});
}

TEST(Usage, UnknownOptionsAreSuggested) {
  expect_usage_error({"train", "--epoch", "3"}, {"unknown option \"--epoch\"", "did you mean \"--epochs\"?"});
  expect_usage_error({"train", "--bacth=3"}, {"unknown option \"--bacth\"", "did you mean \"--batch\"?"});
  expect_usage_error({"train", "--beta2", "0.9"}, {"--set optimizer.beta2=VALUE"});
  expect_usage_error({"train", "-x"}, {"unknown option \"-x\""});
  expect_usage_error({"eval", "model", "--epochs", "3"}, {"unknown option \"--epochs\" of 'minnow eval'"});
}

TEST(Usage, OperandsAreCounted) {
  expect_usage_error({"train", "mnist"}, {"unexpected argument \"mnist\""});
  expect_usage_error({"eval"}, {"needs MODEL"});
  expect_usage_error({"inspect", "a", "b"}, {"unexpected argument \"b\""});
  expect_usage_error({"train", "--epochs"}, {"epochs"});
}

TEST(Usage, FlagsAreCheckedForTypeAndRange) {
  expect_usage_error({"train", "--epochs", "ten"}, {"--epochs ten", "expected an integer >= 1"});
  expect_usage_error({"train", "--epochs", "0"}, {"train.epochs = 0", "expected an integer >= 1"});
  expect_usage_error({"train", "--epochs", "3000000000"}, {"expected an integer"});
  expect_usage_error({"train", "--epochs", "99999999999999999999"}, {"expected an integer"});
  expect_usage_error({"train", "--epochs", "1.5"}, {"expected an integer"});
  expect_usage_error({"train", "--lr", "-1"}, {"optimizer.lr = -1", "> 0"});
  expect_usage_error({"train", "--lr", "nan"}, {"optimizer.lr", "> 0"});
  expect_usage_error({"train", "--lr", "inf"}, {"optimizer.lr", "> 0"});
  expect_usage_error({"train", "--lr", "1e-60"}, {"optimizer.lr", "> 0"});
  expect_usage_error({"train", "--lr", ""}, {"expected a finite number > 0"});
  expect_usage_error({"train", "--dropout", "1"}, {"model.dropout", "in [0, 1)"});
  expect_usage_error({"train", "--hidden", "128,0"}, {"model.hidden", "integers >= 1"});
  expect_usage_error({"train", "--hidden", "128,"}, {"--hidden 128,", "list of integers"});
  expect_usage_error({"train", "--seed", "-1"}, {"train.seed", ">= 0"});
  expect_usage_error({"train", "--threads", "-2"}, {"runtime.threads", ">= 0"});
}

TEST(Usage, NamesAreSuggested) {
  expect_usage_error({"train", "--optimizer", "admw"}, {"optimizer.type", "did you mean \"adamw\"?"});
  expect_usage_error({"train", "--activation", "rellu"}, {"model.activation", "did you mean \"relu\"?"});
  expect_usage_error({"train", "--schedule", "cosin"}, {"did you mean \"cosine\"?"});
  expect_usage_error({"train", "--loss", "cross_entorpy"}, {"did you mean \"cross_entropy\"?"});
  expect_usage_error({"train", "--device", "cudda"}, {"runtime.device", "did you mean \"cuda\"?"});
  expect_usage_error({"train", "--numerics", "strickt"}, {"did you mean \"strict\"?"});
  expect_usage_error({"train", "--dataset", "mnits"}, {"unknown dataset \"mnits\"", "did you mean \"mnist\"?"});
  expect_usage_error({"eval", "x", "--split", "tset"}, {"did you mean \"test\"?"});
  expect_usage_error({"bench", "W00"}, {"unknown workload \"W00\"", "W4"});
}

TEST(Usage, SetNamesKeysAndValues) {
  expect_usage_error({"train", "--set", "train.epoch=3"},
                     {"unknown key \"train.epoch\"", "did you mean \"train.epochs\"?"});
  expect_usage_error({"train", "--set", "momentum=0.9"}, {"did you mean \"optimizer.momentum\"?"});
  expect_usage_error({"train", "--set", "train.epochs"}, {"expected section.key=value"});
  expect_usage_error({"train", "--set", "train.epochs=x"}, {"--set", "train.epochs = x", "expected an integer >= 1"});
  expect_usage_error({"train", "--set", "optimizer.nesterov=maybe"}, {"expected true or false"});
  expect_usage_error({"train", "--set", "optimizer.nesterov=true"}, {"optimizer.momentum > 0"});
  expect_usage_error({"train", "--set", "model.layer=3"}, {"[[model.layer]]"});
}

TEST(Usage, FilesAreNamedWithLineAndColumn) {
  expect_config_error("[train]\nepoch = 3\n", {"run.toml:2:1", "unknown key \"train.epoch\"", "\"train.epochs\""});
  expect_config_error("[trian]\nepochs = 3\n", {"run.toml:1:2", "unknown section [trian]", "\"train\""});
  expect_config_error("epochs = 3\n", {"run.toml:1:1", "unknown key \"epochs\"", "\"train.epochs\""});
  expect_config_error("train = 3\n", {"run.toml:1:1", "\"train\" is a section"});
  expect_config_error("[train]\nepochs = \"ten\"\n", {"run.toml:2:1", "train.epochs = ten", "integer >= 1", "text"});
  expect_config_error("[train]\n\n  epochs = 0\n", {"run.toml:3:3", "train.epochs = 0", "integer >= 1"});
  expect_config_error("[train]\nepochs = 3.0\n", {"run.toml:2:1", "expected an integer"});
  expect_config_error("[train]\nepochs = 1979-05-27\n", {"run.toml:2:1", "expected an integer", "a date"});
  expect_config_error("[optimizer]\nlr = nan\n", {"run.toml:2:1", "optimizer.lr", "> 0"});
  expect_config_error("[optimizer]\nlr = -0.1\n", {"run.toml:2:1", "optimizer.lr", "> 0"});
  expect_config_error("[optimizer]\nnesterov = 1\n", {"expected true or false"});
  expect_config_error("[optimizer]\ntype = \"admm\"\n", {"run.toml:2:1", "optimizer.type = admm", "did you mean"});
  expect_config_error("[model]\nhidden = [128, \"64\"]\n", {"model.hidden", "list of integers"});
  expect_config_error("[train\nepochs = 3\n", {"run.toml:1:", "not valid TOML"});
  expect_config_error("[train]\nepochs = 3\nepochs = 4\n", {"run.toml:3:", "not valid TOML"});
}

TEST(Usage, LayersAreChecked) {
  expect_config_error("[[model.layer]]\nunits = 0\n", {"run.toml:2:1", "units = 0", "integer >= 1"});
  expect_config_error("[[model.layer]]\ntype = \"dense\"\n", {"run.toml:1:", "needs 'units'"});
  expect_config_error("[[model.layer]]\ntyp = \"dense\"\n", {"run.toml:2:1", "\"typ\"", "did you mean \"type\"?"});
  expect_config_error("[[model.layer]]\ntype = \"dens\"\n", {"run.toml:2:1", "did you mean \"dense\"?"});
  expect_config_error("[[model.layer]]\ntype = \"dropout\"\nunits = 3\n", {"run.toml:3:1", "dropout"});
  expect_config_error("[[model.layer]]\nunits = 3\ninit = \"kaimng_normal\"\n", {"run.toml:3:1", "kaiming_normal"});
  expect_config_error("[model]\nhidden = [3]\n[[model.layer]]\nunits = 10\n", {"model.hidden", "[[model.layer]]"});
  expect_config_error("[data]\ndataset = \"blobs\"\n[[model.layer]]\nunits = 9\n", {"9 outputs", "10 classes"});
}

TEST(Usage, ABatchLargerThanTheDataIsRefused) {
  expect_usage_error({"train", "--dataset", "blobs", "--batch", "1000000"}, {"train.batch = 1000000", "rows"});
}

TEST(Usage, AMissingConfigurationFileIsADataError) {
  const Outcome outcome = minnow({"train", "-c", "/nonexistent/run.toml"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "/nonexistent/run.toml"));
}

}  // namespace
}  // namespace minnow::test
