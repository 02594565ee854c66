// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/harness.hpp"
#include "tests/support/idx_files.hpp"

#include <algorithm>
#include <csignal>
#include <map>
#include <utility>

namespace minnow::test {
namespace {

void expect_figures(const Json& json, const std::string& split) {
  EXPECT_GT(json.at(split + "/rows").get<int>(), 0);
  EXPECT_GE(json.at(split + "/loss").get<double>(), 0);
  EXPECT_GE(json.at(split + "/accuracy").get<double>(), 0);
  EXPECT_LE(json.at(split + "/accuracy").get<double>(), 1);
}

TEST(Train, PrintsOneObject) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(quick_training(folder, {"--json", "--seed", "7"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json json = json_of(outcome);
  EXPECT_EQ(json.at("status"), "completed");
  EXPECT_EQ(json.at("device"), "cpu");
  EXPECT_EQ(json.at("seed"), 7);
  EXPECT_EQ(json.at("epochs"), 2);
  EXPECT_GT(json.at("steps").get<int>(), 0);
  for (const char* split : {"train", "val", "test"}) expect_figures(json, split);
  EXPECT_GT(json.at("test/accuracy").get<double>(), 0.3);  // ten classes: chance is 0.1
  EXPECT_GT(json.at("seconds").get<double>(), 0);
  EXPECT_GT(json.at("throughput/samples_per_s").get<double>(), 0);
  EXPECT_EQ(json.at("weights_hash").get<std::string>().size(), 16u);
  EXPECT_TRUE(std::filesystem::is_directory(json.at("run_dir").get<std::string>()));
}

TEST(Train, LeavesACompleteRunDirectory) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(quick_training(folder, {"--json"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json result = json_of(outcome);
  const std::filesystem::path run = folder / "blobs";
  const Json json = run_of(run);
  EXPECT_EQ(json.at("status"), "completed");
  EXPECT_EQ(json.at("weights_hash"), result.at("weights_hash"));
  EXPECT_NE(json.at("initial_weights_hash"), json.at("weights_hash"));
  EXPECT_EQ(json.at("command_line").at(1), "train");
  EXPECT_TRUE(json.at("build").contains("compiler"));
  EXPECT_EQ(json.at("data").at("files"), Json::array());
  EXPECT_EQ(json.at("data").at("train").at("features"), 16);
  EXPECT_EQ(json.at("data").at("train").at("fingerprint").get<std::string>().size(), 16u);

  std::vector<std::string> names;
  for (const Json& event : lines_of(run / "metrics.jsonl")) names.push_back(event.at("event"));
  EXPECT_EQ(names, (std::vector<std::string>{"run_start", "epoch", "epoch", "eval", "run_end"}));
  const Json epoch = lines_of(run / "metrics.jsonl").at(1);
  for (const char* key :
       {"train/loss", "train/accuracy", "val/loss", "val/accuracy", "lr", "throughput/samples_per_s"}) {
    EXPECT_TRUE(epoch.contains(key)) << key;
  }
  EXPECT_TRUE(contains(read_text(run / "metrics.csv"), "epoch,steps,train/loss"));
  for (const char* file :
       {"config.toml", "model.safetensors", "checkpoints/best.safetensors", "checkpoints/last.safetensors"}) {
    EXPECT_GT(std::filesystem::file_size(run / file), 0u) << file;
  }
}

/// The expected values are those of sha256sum.
TEST(Train, NamesItsFilesWithTheirChecksums) {
  const TemporaryFolder folder;
  for (const char* set : {"train", "t10k"}) {
    write_text(folder / (std::string(set) + "-images-idx3-ubyte"), idx_bytes({300, 28, 28}, counting(300 * 784, 251)));
    write_text(folder / (std::string(set) + "-labels-idx1-ubyte"), idx_bytes({300}, counting(300, 10)));
  }
  const Outcome outcome = minnow(quick_training(folder, {"--dataset", ".", "--json"}), {.folder = folder.path()});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::filesystem::path run = folder / json_of(outcome).at("run_dir").get<std::string>();
  const Json files = run_of(run).at("data").at("files");
  ASSERT_EQ(files.size(), 4u);
  EXPECT_EQ(files.at(0).at("sha256"), "b53aed945d4dae5fac6edb07689221957ed1dfb4e4115437b61f376d435ffcfd");
  EXPECT_EQ(files.at(1).at("sha256"), "eb1220cd230f7ec8f979ebc81ba2ba485eccfa12c8b459a0d3651986e3efad8d");
  EXPECT_EQ(files.at(3).at("path"), canonical(folder / "t10k-labels-idx1-ubyte").string());
}

TEST(Train, EachEpochHasTheMetricsThatAreAskedFor) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(
      quick_training(folder, {"--json", "--set", "train.metrics=all", "--set", "early_stopping.monitor=val_macro_f1"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(json_of(outcome).contains("val/macro_f1"));
  EXPECT_TRUE(json_of(outcome).contains("test/top_accuracy"));
  const std::filesystem::path run = folder / "blobs";
  const Json epoch = lines_of(run / "metrics.jsonl").at(1);
  for (const char* key : {"train/macro_f1", "train/confusion", "val/top_accuracy", "val/macro_f1", "val/confusion"}) {
    EXPECT_TRUE(epoch.contains(key)) << key;
  }
  EXPECT_TRUE(contains(read_text(run / "metrics.csv"),
                       "epoch,steps,train/loss,train/accuracy,train/top_accuracy,train/macro_f1,val/loss,val/accuracy,"
                       "val/top_accuracy,val/macro_f1,lr,"));
  EXPECT_EQ(minnow(quick_training(folder, {"--fail-below", "train/macro_f1=1.5"})).code, 6);
}

TEST(Train, WithoutValidationData) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(quick_training(folder, {"--json", "--validation", "0"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "\"train/loss\"")) << outcome.out;
  EXPECT_FALSE(contains(outcome.out, "\"val/"));
  EXPECT_FALSE(contains(read_text(folder / "blobs" / "metrics.csv"), "val/loss"));
  EXPECT_TRUE(contains(read_text(folder / "blobs" / "config.toml"), "validation = 0\n"));
  const Outcome part = minnow({"eval", folder / "blobs", "--split", "val"});
  EXPECT_EQ(part.code, 2);
  EXPECT_TRUE(contains(part.err, "no rows"));
}

TEST(Train, AMonitorThatTheDataDoNotGiveIsNamedWithItsPlace) {
  const TemporaryFolder folder;
  const auto refusal = [&](const std::string& setting) { return minnow(quick_training(folder, {"--set", setting})); };
  const Outcome absent = refusal("early_stopping.monitor=val_r2"), misspelt = refusal("early_stopping.monitor=val_f2");
  EXPECT_EQ(absent.code, 2);
  EXPECT_TRUE(contains(absent.err, "error: --set: early_stopping.monitor: val/r2 cannot be monitored"));
  EXPECT_EQ(misspelt.code, 2);
  EXPECT_TRUE(contains(misspelt.err, "unknown monitored figure \"val/f2\"; did you mean \"val/f1\"?"));
}

TEST(Train, TheSavedConfigurationRepeatsTheRun) {
  const TemporaryFolder folder;
  const Json first = json_of(minnow(quick_training(folder, {"--json", "--seed", "3", "--dropout", "0.1"})));
  const std::string file = folder / "blobs/config.toml";
  const Json second = json_of(minnow({"train", "--json", "-c", file}));
  EXPECT_EQ(first.at("weights_hash"), second.at("weights_hash"));
  EXPECT_EQ(read_text(folder / "blobs-2/config.toml"), read_text(file));
}

TEST(Train, RunsOfOneNameGetNumbers) {
  const TemporaryFolder folder;
  for (const char* expected : {"try", "try-2", "try-3"}) {
    const Json json = json_of(minnow(quick_training(folder, {"--json", "--name", "try", "--max-steps", "2"})));
    EXPECT_EQ(json.at("run_dir").get<std::string>(), (folder / expected).string());
    EXPECT_EQ(json.at("steps"), 2);
  }
}

TEST(Train, ThreadsDoNotChangeTheWeights) {
  const TemporaryFolder folder;
  const Json one = json_of(minnow(quick_training(folder, {"--json", "--threads", "1"})));
  const Json two = json_of(minnow(quick_training(folder, {"--json", "--threads", "2"})));
  EXPECT_EQ(one.at("weights_hash"), two.at("weights_hash"));
}

TEST(Train, ResultsGoToOutputAndProgressToError) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(quick_training(folder));
  EXPECT_EQ(outcome.code, 0);
  EXPECT_TRUE(contains(outcome.out, "status      completed"));
  EXPECT_TRUE(contains(outcome.out, "test        loss"));
  EXPECT_TRUE(contains(outcome.err, "epoch 2/2"));
  EXPECT_EQ((outcome.out + outcome.err).find('\x1b'), std::string::npos) << "escape codes without a terminal";
  EXPECT_EQ(outcome.err.find('\r'), std::string::npos) << "a progress bar without a terminal";
}

TEST(Train, QuietLeavesOnlyResults) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(quick_training(folder, {"--quiet"}));
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_TRUE(contains(outcome.out, "status      completed"));
}

TEST(Train, ATerminalGetsABarAndColors) {
  const TemporaryFolder folder;
  Process process(long_training(folder), {.environment = {{"NO_COLOR", ""}, {"TERM", "xterm"}}, .terminal = true});
  EXPECT_TRUE(process.wait_for_error("\x1b[2m["));
  process.send(SIGINT);
  EXPECT_TRUE(contains(process.finish().err, "epoch    1/1000"));
}

TEST(Train, NoColorIsHonored) {
  const TemporaryFolder folder;
  Process process(long_training(folder), {.environment = {{"NO_COLOR", "1"}, {"TERM", "xterm"}}, .terminal = true});
  EXPECT_TRUE(process.wait_for_error("/1000 ["));
  process.send(SIGINT);
  EXPECT_EQ(process.finish().err.find('\x1b'), std::string::npos);
}

TEST(Train, EarlyStoppingIsSuccess) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(quick_training(folder, {"--json", "--epochs", "200", "--patience", "1", "--lr", "0.1",
                                                         "--set", "early_stopping.min_delta=0.5"}));
  EXPECT_EQ(outcome.code, 0);
  const Json json = json_of(outcome);
  EXPECT_EQ(json.at("status"), "early_stopped");
  EXPECT_LT(json.at("epochs").get<int>(), 200);
  EXPECT_TRUE(contains(read_text(folder / "blobs/metrics.jsonl"), "early_stop"));
  const auto hash = [&](const std::string& file) {
    return json_of(minnow({"inspect", folder / ("blobs/" + file), "--json"})).at("model").at("weights_hash");
  };
  EXPECT_EQ(hash("model.safetensors"), hash("checkpoints/best.safetensors"));
  EXPECT_EQ(hash("checkpoints/last.safetensors"), lines_of(folder / "blobs/metrics.jsonl").at(2).at("weights_hash"));
}

TEST(Train, TheTopEpochsKeepTheirWeights) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(quick_training(folder, {"--json", "--epochs", "6", "--set", "checkpoint.top=2"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  std::vector<std::pair<double, int>> epochs;
  std::map<int, std::string> hashes;
  for (const Json& event : lines_of(folder / "blobs/metrics.jsonl")) {
    if (event.at("event") != "epoch") continue;
    const int epoch = event.at("epoch").get<int>();
    epochs.emplace_back(event.at("val/loss").get<double>(), epoch);
    hashes[epoch] = event.at("weights_hash").get<std::string>();
  }
  ASSERT_EQ(epochs.size(), 6u);
  std::ranges::sort(epochs);
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    const std::string file = folder / ("blobs/checkpoints/epoch-" + std::to_string(epochs[i].second) + ".safetensors");
    EXPECT_EQ(std::filesystem::exists(file), i < 2) << file;
    if (i >= 2) continue;
    EXPECT_EQ(json_of(minnow({"inspect", file, "--json"})).at("model").at("weights_hash"), hashes[epochs[i].second]);
  }
}

TEST(Train, TheTimeLimitIsSuccess) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(quick_training(folder, {"--json", "--epochs", "1000000", "--time-limit", "0.05"}));
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(json_of(outcome).at("status"), "time_limit");
}

class Interrupted : public testing::TestWithParam<int> {};

TEST_P(Interrupted, FinishesTheStepAndSaves) {
  const TemporaryFolder folder;
  std::vector<std::string> arguments = long_training(folder);
  arguments.emplace_back("--json");
  Process process(arguments);
  ASSERT_TRUE(process.wait_for_error("epoch    1/1000"));
  process.send(GetParam());
  const Outcome outcome = process.finish();
  EXPECT_EQ(outcome.code, 128 + GetParam());
  const Json json = json_of(outcome);
  EXPECT_EQ(json.at("status"), "interrupted");
  EXPECT_EQ(run_of(folder / "blobs").at("status"), "interrupted");
  const Json model = json_of(minnow({"inspect", folder / "blobs", "--json"})).at("model");
  EXPECT_EQ(model.at("weights_hash"), json.at("weights_hash"));
}

INSTANTIATE_TEST_SUITE_P(Signals, Interrupted, testing::Values(SIGINT, SIGTERM, SIGHUP),
                         [](const auto& instance) { return std::string("SIG") + sigabbrev_np(instance.param); });

TEST(Train, DivergenceKeepsTheLastGoodWeights) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(quick_training(folder, {"--optimizer", "sgd", "--lr", "1e30", "--json"}));
  EXPECT_EQ(outcome.code, 5);
  EXPECT_TRUE(contains(outcome.err, "minnow: error: "));
  EXPECT_TRUE(contains(outcome.err, "model.safetensors"));
  EXPECT_EQ(outcome.err.find("try a lower"), std::string::npos) << "the advice is given once";
  EXPECT_EQ((outcome.err + read_text(folder / "blobs/metrics.csv")).find("-nan"), std::string::npos);
  EXPECT_EQ(json_of(outcome).at("status"), "diverged");
  const Json run = run_of(folder / "blobs");
  EXPECT_EQ(run.at("status"), "diverged");
  const Json model = json_of(minnow({"inspect", folder / "blobs", "--json"})).at("model");
  EXPECT_EQ(model.at("weights_hash"), run.at("initial_weights_hash")) << "it diverges in the first epoch";
}

TEST(Train, AnUnwritableFolderIsFoundBeforeTraining) {
  const TemporaryFolder folder;
  write_text(folder / "file", "");
  const Outcome outcome =
      minnow({"train", "--dataset", "blobs", "--device", "cpu", "--out", (folder / "file").string() + "/runs"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "--out"));
  EXPECT_EQ(outcome.err.find("epoch"), std::string::npos);
}

TEST(Train, MissingMnistIsAnErrorOnlyIfAskedFor) {
  const TemporaryFolder folder;
  const Surroundings nowhere = {.environment = {{"MINNOW_DATA", folder.path().string()}}};
  const Outcome asked = minnow({"train", "--dataset", "mnist"}, nowhere);
  EXPECT_EQ(asked.code, 3);
  EXPECT_TRUE(contains(asked.err, folder.path().string()));

  const Outcome substituted = minnow(
      {"train", "--hidden", "8", "--max-steps", "3", "--device", "cpu", "--json", "--quiet", "--out", folder / "runs"},
      nowhere);
  EXPECT_EQ(substituted.code, 0);
  EXPECT_TRUE(contains(substituted.err, "MNIST was not found")) << "said even where --quiet is";
  EXPECT_EQ(json_of(substituted).at("substituted"), true);
  EXPECT_EQ(json_of(substituted).at("dataset"), "digits");
  EXPECT_TRUE(contains(read_text(folder / "runs/digits/config.toml"), "dataset = \"digits\"\n"));
}

TEST(Train, AFolderThatIsNotThereIsADataError) {
  EXPECT_EQ(minnow({"train", "--dataset", "./no/such/folder"}).code, 3);
}

TEST(Train, ANetworkThatFitsNowhereIsAMemoryError) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(quick_training(folder, {"--hidden", "2000000,2000000"}));
  EXPECT_EQ(outcome.code, 8);
  EXPECT_TRUE(contains(outcome.err, "minnow: error: "));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Train, AMissingGpuIsADeviceError) {
  const Json doctor = json_of(minnow({"doctor", "--json"}));
  for (const Json& device : doctor.at("devices")) {
    const bool cuda = device.at("device").get<std::string>().starts_with("cuda");
    if (cuda && device.at("usable") == true) GTEST_SKIP() << "this machine has a GPU";
  }
  const TemporaryFolder folder;
  const Outcome outcome = minnow(quick_training(folder, {"--device", "cuda"}));
  EXPECT_EQ(outcome.code, 4);
  EXPECT_TRUE(contains(outcome.err, "minnow: error: "));
  EXPECT_EQ(minnow(quick_training(folder, {"--device", "cuda", "--dry-run"})).code, 4);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "found before the run directory is made";
}

}  // namespace
}  // namespace minnow::test
