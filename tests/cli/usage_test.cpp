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
  expect_usage_error({"--versoin"}, {"unknown option \"--versoin\"", "did you mean \"--version\"?"});
  expect_usage_error({"-v"}, {"unknown option \"-v\"", "did you mean \"-V\"?"});
}

TEST(Usage, UnknownOptionsAreSuggested) {
  expect_usage_error({"train", "--epoch", "3"}, {"unknown option \"--epoch\"", "did you mean \"--epochs\"?"});
  expect_usage_error({"train", "--bacth=3"}, {"unknown option \"--bacth\"", "did you mean \"--batch\"?"});
  expect_usage_error({"train", "--beta2", "0.9"}, {"--set optimizer.beta2=VALUE"});
  expect_usage_error({"--hlep"}, {"did you mean \"--help\"?"});
  expect_usage_error({"train", "--learning-rte", "1"}, {"did you mean \"--lr\"?"});
  expect_usage_error({"train", "--bacth-size=1"}, {"did you mean \"--batch\"?"});
  expect_usage_error({"train", "--weight-deacy", "1"}, {"did you mean \"--weight-decay\"?"});
  expect_usage_error({"train", "--clipnorm", "1"}, {"did you mean \"--clip-norm\"?"});  // of each tensor, in Keras
  expect_usage_error({"train", "--epsilon", "1"}, {"--set optimizer.eps=VALUE"});
  expect_usage_error({"train", "--early-stopping-patience", "3"}, {"did you mean \"--patience\"?"});
  expect_usage_error({"train", "--math", "tf32"},
                     {"unknown option \"--math\" of 'minnow train'; 'minnow train --help'"});
  expect_usage_error({"train", "-x"}, {"unknown option \"-x\""});
  expect_usage_error({"eval", "model", "--epochs", "3"}, {"unknown option \"--epochs\" of 'minnow eval'"});
}

TEST(Usage, OperandsAreCounted) {
  expect_usage_error({"train", "mnist"}, {"unexpected argument \"mnist\""});
  expect_usage_error({"eval", "a", "b"}, {"unexpected argument \"b\""});
  expect_usage_error({"inspect", "a", "b"}, {"unexpected argument \"b\""});
  expect_usage_error({"train", "--epochs"}, {"--epochs: the value is missing; expected an integer from 1 to"});
  expect_usage_error({"train", "--lr", "--epochs", "3"}, {"--lr: the value is missing; expected a finite number"});
  expect_usage_error({"train", "-q", "-c"}, {"-c: the value is missing; expected FILE"});
  expect_usage_error({"train", "--device"}, {"auto, cpu, cuda[:N], reference"});
}

TEST(Usage, FlagsAreCheckedForTypeAndRange) {
  expect_usage_error({"train", "--epochs", "ten"}, {"--epochs ten: expected an integer from 1 to 1000000000\n"});
  expect_usage_error({"train", "--epochs", "0"}, {"--epochs 0: expected an integer from 1 to 1000000000\n"});
  expect_usage_error({"train", "--epochs", "2000000000"}, {"--epochs 2000000000: expected an integer from 1 to"});
  expect_usage_error({"train", "--epochs", "99999999999999999999"}, {"expected an integer"});
  expect_usage_error({"train", "--epochs", "1.5"}, {"expected an integer"});
  expect_usage_error({"train", "--batch", "3000000000"},
                     {"--batch 3000000000: expected an integer from 0 to 2097152\n"});
  expect_usage_error({"gradcheck", "--samples", "3000000000"}, {"expected an integer from 1 to 2097152\n"});
  expect_usage_error({"bench", "--models", "3000000000"}, {"expected an integer from 1 to 2147483647\n"});
  expect_usage_error({"train", "--seed", "18446744073709551615"}, {"expected an integer from 0 to 9007199254740992\n"});
  expect_usage_error({"train", "--seed", "9007199254740993"}, {"expected an integer from 0 to 9007199254740992\n"});
  expect_usage_error({"train", "--seed", "-1"}, {"--seed -1: expected an integer from 0 to"});
  expect_usage_error({"train", "--threads", "-2"}, {"--threads -2: expected an integer from 0 to 4096"});
  expect_usage_error({"bench", "--rounds", "1"}, {"error: --rounds 1: expected an integer from 3 to"});
  expect_usage_error({"train", "--lr", "-1"}, {"--lr -1: expected a finite number > 0\n"});
  expect_usage_error({"train", "--lr", "nan"}, {"--lr nan", "> 0"});
  expect_usage_error({"train", "--lr", "inf"}, {"--lr inf", "> 0"});
  expect_usage_error({"train", "--lr", "1e39"}, {"--lr 1e39: expected a finite number > 0 as a 32-bit float"});
  expect_usage_error({"train", "--lr", "1e-60"}, {"--lr 1e-60: expected a finite number > 0 as a 32-bit float"});
  expect_usage_error({"train", "--lr", ""}, {"expected a finite number > 0"});
  expect_usage_error({"train", "--dropout", "1"}, {"--dropout 1: ", "in [0, 1)"});
  expect_usage_error({"train", "--hidden", "128,0"}, {"--hidden 128,0: expected a list of integers from 1 to 2097152"});
  expect_usage_error({"train", "--hidden", "99999999999"}, {"from 1 to 2097152"});
  expect_usage_error({"train", "--hidden", "128,"}, {"--hidden 128,", "list of integers"});
  expect_usage_error({"train", "--set", "output.dir="}, {"output.dir is empty"});
  expect_usage_error({"train", "--dry-run", "--name", std::string(241, 'x')}, {"a name of at most 240 bytes\n"});
  expect_usage_error({"train", "--seed", "9007199254740992", "--epochs", "0"}, {"--epochs 0"});
  expect_usage_error({"train", "--epochs", "1000000001"}, {"--epochs 1000000001"});
}

/// What a script passes whose variable is not set; a linear model was trained without a word.
TEST(Usage, AnEmptyListIsSaidAloud) {
  for (const char* empty : {"", " "}) {
    expect_usage_error({"train", "--dataset", "blobs", "--dry-run", "--hidden", empty},
                       {"expected a list of integers from 1 to 2097152, or none\n"});
  }
  expect_usage_error({"train", "--hidden="}, {"--hidden \"\": expected"});
  expect_usage_error({"train", "--set", "model.hidden="}, {"--set model.hidden=: expected a list of integers"});
  expect_usage_error({"train", "--class-weights", ""}, {"expected a list of finite numbers >= 0, or none\n"});
}

/// `--init "$MODEL"` of an unset variable trained from drawn weights, `inspect ""` printed nothing.
TEST(Usage, AnEmptyTextIsRefusedWhereItMeansNothing) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"train", "--init", ""}, "--init \"\": expected MODEL\n"},
      {{"train", "--out="}, "--out \"\": expected DIR\n"},
      {{"train", "--dataset", ""}, "--dataset \"\": expected NAME\n"},
      {{"train", "-c", ""}, "--config \"\": expected FILE\n"},
      {{"train", "--set", ""}, "--set \"\": expected KEY=VALUE\n"},
      {{"train", "--fail-below", ""}, "--fail-below \"\": expected FIGURE=LIMIT\n"},
      {{"predict", "-o", ""}, "--output \"\": expected FILE\n"},
      {{"bench", "--handout", ""}, "--handout \"\": expected DIR\n"},
      {{"bench", "--peer", ""}, "--peer \"\": expected NAME=COMMAND\n"},
      {{"inspect", ""}, "'minnow inspect' got an empty argument, expected ["},
      {{"eval", ""}, "'minnow eval' got an empty argument, expected ["}};
  for (const auto& [arguments, message] : cases) expect_usage_error(arguments, {message});
  EXPECT_EQ(minnow({"train", "--dataset", "blobs", "--dry-run", "--name", "", "--data", ""}).code, 0);
}

/// Error lines of 200 kB fill a log and hide what was expected.
TEST(Usage, ErrorLinesAreBounded) {
  const std::string digits(100000, '9');
  const auto expect_short = [](const std::vector<std::string>& arguments, const std::string& part) {
    const std::string message = minnow(arguments).err;
    EXPECT_LT(message.size(), 4200u);
    EXPECT_TRUE(contains(message, part));
  };
  expect_short({"train", "--epochs", digits}, "expected an integer from 1 to 1000000000\n");
  expect_short({"train", "--" + digits}, "'minnow train --help' lists the options\n");
  expect_short({"train", "--optimizer", digits}, ", lion\n");
  expect_short({"train", "--set", digits}, "expected section.key=value\n");
  expect_short({"train", "--set", "train." + digits + "=1"}, "unknown key");
  expect_short({"train", "--dataset", digits}, "File name too long; choose a shorter name\n");
  expect_short({"train", digits}, "unexpected argument");
  expect_short({digits}, "unknown command");
  expect_short({"eval", digits}, "minnow: error: ");
  expect_short({"train", "-c", digits}, "minnow: error: ");
  const TemporaryFolder folder;
  const std::string file = folder / "run.toml";
  for (const std::string& text :
       {"[train]\n" + digits + digits + " = 1\n", "[train]\nepochs = \"" + digits + digits + "\"\n",
        "[" + digits + digits + "]\nepochs = 1\n", "[train]\nepochs = " + digits + digits + "\n",
        "[[model.layer]]\n" + digits + digits + " = 1\n"}) {
    write_text(file, text);
    expect_short({"train", "-c", file}, "run.toml:");
  }
}

TEST(Usage, SettingsWithoutEffectAreRefused) {
  expect_usage_error({"train", "--momentum", "0.9"},
                     {"--momentum: optimizer.momentum = 0.9 means nothing beside optimizer.type = adam"});
  expect_usage_error({"train", "--set", "optimizer.alpha=0.5"}, {"--set: optimizer.alpha = 0.5 means nothing"});
  expect_usage_error({"train", "--set", "schedule.gamma=0.5", "--schedule", "cosine"}, {"schedule.type = cosine"});
  expect_usage_error({"train", "--set", "early_stopping.restore_best=false"}, {"early_stopping.patience = 0"});
  expect_usage_error({"train", "--schedule", "cosine", "--set", "schedule.minimum=1"},
                     {"--set: schedule.minimum = 1: expected at most optimizer.lr = 0.001"});
  expect_config_error("[optimizer]\nalpha = 0.5\n", {"run.toml:2:1: optimizer.alpha = 0.5 means nothing"});
  expect_usage_error({"train", "--activation", "softmax"}, {"--activation: model.activation = softmax"});
}

TEST(Usage, NamesAreSuggested) {
  expect_usage_error({"train", "--optimizer", "admw"}, {"--optimizer admw", "did you mean \"adamw\"?"});
  expect_usage_error({"train", "--activation", "rellu"}, {"--activation rellu", "did you mean \"relu\"?"});
  expect_usage_error({"train", "--schedule", "cosin"}, {"did you mean \"cosine\"?"});
  expect_usage_error({"train", "--loss", "cross_entorpy"}, {"did you mean \"cross_entropy\"?"});
  expect_usage_error({"train", "--device", "cudda"}, {"--device cudda", "did you mean \"cuda\"?"});
  expect_usage_error({"train", "--numerics", "strickt"}, {"did you mean \"strict\"?"});
  expect_usage_error({"train", "--dataset", "mnits"},
                     {"--dataset: unknown dataset \"mnits\"", "did you mean \"mnist\"?"});
  expect_usage_error({"eval", "x", "--split", "tset"}, {"did you mean \"test\"?"});
  expect_usage_error({"eval", "x", "--split", "foo"}, {"valid names: train, val, test"});
  expect_usage_error({"bench", "W9"}, {"unknown workload \"W9\"; there are W0, W1, W2, W3, W4, S1b, own\n"});
  expect_usage_error({"train", "--activation", "leaky_relu(x)"}, {"\"leaky_relu(x)\": \"x\" is not a finite number"});
  expect_usage_error({"train", "--activation", "elu(nan)"}, {"\"elu(nan)\": \"nan\" is not a finite number"});
}

TEST(Usage, SetNamesKeysAndValues) {
  expect_usage_error({"train", "--set", "train.epoch=3"},
                     {"unknown key \"train.epoch\"", "did you mean \"train.epochs\"?"});
  expect_usage_error({"train", "--set", "momentum=0.9"}, {"did you mean \"optimizer.momentum\"?"});
  expect_usage_error({"train", "--set", "train.epochs"}, {"expected section.key=value"});
  expect_usage_error({"train", "--set", "train.epochs=x"}, {"--set train.epochs=x: expected an integer from 1"});
  expect_usage_error({"train", "--set", "optimizer.nesterov=maybe"}, {"expected true or false"});
  expect_usage_error({"train", "--optimizer", "sgd", "--set", "optimizer.nesterov=true"},
                     {"--set: optimizer.nesterov = true needs optimizer.momentum > 0"});
  expect_usage_error({"train", "--set", "optimizer.learning_rat=1"}, {"did you mean \"optimizer.lr\"?"});
  expect_usage_error({"train", "--set", "train.learning_rate=1"}, {"did you mean \"optimizer.lr\"?"});
  expect_usage_error({"train", "--set", "data.dataset=\"blubs\""}, {"unknown dataset \"blubs\""});
  expect_usage_error({"train", "--set", "model.layer=3"}, {"[[model.layer]]"});
}

TEST(Usage, OptimizersAndSchedulesAreChecked) {
  const auto refused = [](const std::vector<std::string>& more, const std::vector<std::string>& parts) {
    std::vector<std::string> arguments = {"train", "--dataset", "blobs", "--dry-run"};
    for (const std::string& text : more) {
      if (!text.starts_with("--")) arguments.emplace_back("--set");
      arguments.push_back(text);
    }
    expect_usage_error(arguments, parts);
  };
  refused({"optimizer.type=sgd", "optimizer.momentum=0.9", "optimizer.dampening=0.5", "optimizer.nesterov=true"},
          {"nesterov with momentum 0.9 and dampening 0.5"});
  refused({"optimizer.type=sgd", "optimizer.dampening=0.5"}, {"dampening 0.5", "momentum above 0"});
  refused({"optimizer.rho=0.5"}, {"optimizer.rho = 0.5 means nothing beside optimizer.type = adam"});
  refused({"optimizer.decay=decoupled"}, {"means nothing beside optimizer.weight_decay = 0"});
  refused({"optimizer.decay_biases=false"}, {"means nothing beside optimizer.weight_decay = 0"});
  refused({"--clip-norm=-1"}, {"--clip-norm", ">= 0"});
  refused({"optimizer.clip_value=nan"}, {"optimizer.clip_value", ">= 0"});
  refused({"optimizer.clipnorm=1"}, {"did you mean \"optimizer.clip_norm\"?"});
  refused({"optimizer.type=nadma"}, {"did you mean \"nadam\"?"});
  refused({"schedule.type=multi_step"}, {"multi_step needs milestones"});
  refused({"schedule.type=multi_step", "schedule.milestones=3,2"}, {"milestone 2 after 3"});
  refused({"schedule.type=multi_step", "schedule.milestones=-1"}, {"schedule.milestones=-1", "integers from 0"});
  refused({"schedule.type=multi_step", "schedule.milestones=1.5"}, {"list of integers"});
  refused({"schedule.milestones=1"}, {"schedule.milestones = 1 means nothing beside schedule.type = constant"});
  refused({"schedule.type=subtractive_step", "schedule.milestones=1"}, {"schedule amount 0, expected"});
  refused({"schedule.type=plateau", "schedule.patience=-1"}, {"schedule.patience=-1", "from 0 to"});
  refused({"schedule.type=plateau", "schedule.gamma=2"}, {"gamma 2", "below 1 for plateau"});
  refused({"schedule.type=plateau", "schedule.interval=epoch"}, {"means nothing beside schedule.type = plateau"});
  refused({"schedule.type=one_cycle", "schedule.pct_start=1"}, {"schedule.pct_start=1", "in (0, 1)"});
  refused({"schedule.type=one_cycle", "schedule.pct_start=0"}, {"schedule.pct_start=0", "in (0, 1)"});
  refused({"schedule.type=one_cycle", "schedule.annealing=cosin"}, {"did you mean \"cosine\"?"});
  refused({"schedule.type=polynomial", "schedule.power=0"}, {"schedule.power=0", "> 0"});
  refused({"schedule.type=polynomial", "schedule.minimum=1"}, {"schedule.minimum = 1: expected at most optimizer.lr"});
  refused({"schedule.type=cosine_restarts", "schedule.period_multiplier=0"}, {"from 1 to"});
  refused({"schedule.type=cosine", "schedule.interval=day"}, {"unknown interval \"day\"", "step, epoch"});
  refused({"schedule.type=cosine", "schedule.eta_mni=0"}, {"did you mean \"schedule.minimum\"?"});
}

TEST(Usage, FilesAreNamedWithLineAndColumn) {
  expect_config_error("[train]\nepoch = 3\n", {"run.toml:2:1", "unknown key \"train.epoch\"", "\"train.epochs\""});
  expect_config_error("[trian]\nepochs = 3\n", {"run.toml:1:2", "unknown section [trian]", "\"train\""});
  expect_config_error("epochs = 3\n", {"run.toml:1:1", "unknown key \"epochs\"", "\"train.epochs\""});
  expect_config_error("train = 3\n", {"run.toml:1:1", "\"train\" is a section"});
  expect_config_error("[train]\nepochs = \"ten\"\n",
                      {"run.toml:2:1: train.epochs = ten: expected an integer from 1", ", found text"});
  expect_config_error("[train]\n\n  epochs = 0\n",
                      {"run.toml:3:3: train.epochs = 0: expected an integer from 1 to 1000000000\n"});
  expect_config_error("[train]\nepochs = 3.0\n", {"run.toml:2:1", "expected an integer"});
  expect_config_error("[train]\nepochs = 1979-05-27\n", {"run.toml:2:1", "expected an integer", "a date"});
  expect_config_error("[optimizer]\nlr = nan\n", {"run.toml:2:1", "optimizer.lr", "> 0"});
  expect_config_error("[optimizer]\nlr = -0.1\n", {"run.toml:2:1", "optimizer.lr", "> 0"});
  expect_config_error("[optimizer]\nnesterov = 1\n", {"expected true or false"});
  expect_config_error("[optimizer]\ntype = \"admm\"\n", {"run.toml:2:1", "optimizer.type = admm", "did you mean"});
  expect_config_error("[model]\nhidden = [128, \"64\"]\n", {"model.hidden", "list of integers"});
  expect_config_error("[train\nepochs = 3\n", {"run.toml:1:", "not valid TOML"});
  expect_config_error("[train]\nepochs = 3\nepochs = 4\n", {"run.toml:3:", "not valid TOML"});
  expect_config_error("[train]\nbatch = 3\nbatch_size = 4\n",
                      {"run.toml:3:1: train.batch is set twice, here and at ", "run.toml:2:1; keep one of them\n"});
  expect_config_error("[train]\nbatch_sizes = 3\n", {"run.toml:2:1", "did you mean \"train.batch\"?"});
}

TEST(Usage, LayersAreChecked) {
  expect_config_error("[[model.layer]]\nunits = 0\n", {"run.toml:2:1: units = 0: expected an integer from 1"});
  expect_config_error("[[model.layer]]\ntype = \"dense\"\n", {"run.toml:1:", "needs 'units'"});
  expect_config_error("[[model.layer]]\ntyp = \"dense\"\n", {"run.toml:2:1", "\"typ\"", "did you mean \"type\"?"});
  expect_config_error("[[model.layer]]\nkernel_initialiser = \"zeros\"\n", {"did you mean \"init\"?"});
  expect_config_error("[[model.layer]]\nunits = 3\nout_features = 4\n",
                      {": units is set twice, here and at", "run.toml:2:1", "run.toml:3:1", "; keep one of them\n"});
  expect_config_error("[[model.layer]]\ntype = \"dens\"\n", {"run.toml:2:1", "did you mean \"dense\"?"});
  expect_config_error("[[model.layer]]\ntype = \"dropout\"\nunits = 3\n", {"run.toml:3:1", "dropout"});
  expect_config_error("[[model.layer]]\nunits = 3\ninit = \"kaimng_normal\"\n", {"run.toml:3:1", "kaiming_normal"});
  expect_config_error("[model]\nhidden = [3]\n[[model.layer]]\nunits = 10\n",
                      {"run.toml:2:1: model.hidden and [[model.layer]]"});
  expect_config_error("[data]\ndataset = \"blobs\"\n[[model.layer]]\nunits = 9\n",
                      {"run.toml:3:9: the last layer has 9 outputs", "10 classes"});
  expect_config_error(
      "[data]\ndataset = \"blobs\"\n[[model.layer]]\nname = \"a\"\nunits = 9\n[[model.layer]]\nname = \"a\"\nunits = "
      "10\n",
      {"run.toml:3:9: layer 'a': two layers have this name"});
}

TEST(Usage, ABatchLargerThanTheDataIsRefused) {
  expect_usage_error({"train", "--dataset", "blobs", "--validation", "99999"},
                     {"--validation: validation of 99999 rows"});
  expect_usage_error({"train", "--dataset", "blobs", "--batch", "1000000"},
                     {"--batch: train.batch = 1000000 is more", "rows"});
}

TEST(Usage, AMissingConfigurationFileIsADataError) {
  const Outcome outcome = minnow({"train", "-c", "/nonexistent/run.toml"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "/nonexistent/run.toml"));
  const Outcome folder = minnow({"train", "-c", "/"});
  EXPECT_EQ(folder.code, 3);
  EXPECT_TRUE(contains(folder.err, "/: cannot be read: Is a directory"));
}

TEST(Usage, TheHintNamesTheCommandAndStandsWhereItHelps) {
  const std::string unknown = minnow({"eval", "--x"}).err, value = minnow({"train", "--epochs", "0"}).err;
  EXPECT_TRUE(contains(unknown, "'minnow eval --help'"));
  EXPECT_EQ((unknown + value).find("COMMAND"), std::string::npos);
  EXPECT_EQ(value.find("--help"), std::string::npos);
}

}  // namespace
}  // namespace minnow::test
