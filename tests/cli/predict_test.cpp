// SPDX-License-Identifier: Apache-2.0
/// Where predictions go, and models that cannot give any.
#include <sys/stat.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>

#include "minnow/model.hpp"
#include "tests/cli/harness.hpp"
#include "tests/support/file_faults.hpp"
#include "tests/support/idx_files.hpp"

namespace minnow::test {
namespace {

class Predict : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    trained_ = std::make_unique<TemporaryFolder>();
    ASSERT_EQ(minnow(quick_training(*trained_)).code, 0);
  }
  static void TearDownTestSuite() { trained_.reset(); }
  static std::string model() { return *trained_ / "blobs/model.safetensors"; }
  static Outcome predict(const std::vector<std::string>& more, const Surroundings& surroundings = {}) {
    std::vector<std::string> arguments = {"predict", model(), "--limit", "3", "--device", "cpu"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return minnow(arguments, surroundings);
  }

  static std::unique_ptr<TemporaryFolder> trained_;
  const TemporaryFolder folder_;
};

std::unique_ptr<TemporaryFolder> Predict::trained_;

/// x.json used to hold CSV.
TEST_F(Predict, WritesTheFormThatTheNameSays) {
  const Outcome csv = predict({}), json = predict({"--json"});
  for (const std::string name : {"x.csv", "x", "x.CSV"}) {
    ASSERT_EQ(predict({"-o", folder_ / name}).code, 0);
    EXPECT_EQ(read_text(folder_ / name), csv.out) << name;
  }
  ASSERT_EQ(predict({"-o", folder_ / "x.json"}).code, 0);
  EXPECT_EQ(read_text(folder_ / "x.json"), json.out);
  ASSERT_EQ(predict({"-o", folder_ / "y", "--json"}).code, 0);
  EXPECT_EQ(read_text(folder_ / "y"), json.out);
  ASSERT_EQ(predict({"-o", folder_ / "x.jsonl"}).code, 0);
  EXPECT_EQ(Json(lines_of(folder_ / "x.jsonl")), Json::parse(json.out).at("rows"));
}

TEST_F(Predict, RefusesOtherForms) {
  const Outcome unknown = predict({"-o", folder_ / "x.npy"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_TRUE(contains(unknown.err, ".csv, .json (one object) or .jsonl"));
  for (const std::string name : {"x.csv", "x.jsonl"}) {
    const Outcome both = predict({"--json", "-o", folder_ / name});
    EXPECT_EQ(both.code, 2);
    EXPECT_TRUE(contains(both.err, "two forms"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

/// What stood in the log was thrown away: its name was looked up behind /dev/stdout, and the file replaced.
TEST_F(Predict, AddsToALogThatIsStandardOutput) {
  const std::string log = folder_ / "log";
  const std::string link = folder_ / "link";
  std::filesystem::create_symlink("/dev/stdout", link);
  for (const std::string& target : {std::string("/dev/stdout"), std::string("/dev/fd/1"), link}) {
    write_text(log, "before\n");
    const std::string command = std::string(MINNOW_BINARY) + " predict " + model() + " --limit 1 -o " + target +
                                " >> " + log + " && echo after >> " + log;
    ASSERT_EQ(std::system(command.c_str()), 0);
    const std::string text = read_text(log);
    EXPECT_TRUE(text.starts_with("before\nrow,label,predicted,")) << text;
    EXPECT_TRUE(text.ends_with("\nafter\n")) << text;
  }
}

/// It used to end with 3: "Broken pipe".
TEST_F(Predict, AReaderThatGoesAwayIsNoError) {
  for (const char* target : {"/dev/stdout", "/dev/fd/1"}) {
    Process process({"predict", model(), "-o", target});
    process.close_output();
    const Outcome outcome = process.finish();
    EXPECT_EQ(outcome.code, 0) << target;
    EXPECT_EQ(outcome.err, "");
  }
}

TEST_F(Predict, AReplacedFileStaysPrivate) {
  const std::string file = folder_ / "private.csv";
  write_text(file, "old");
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  ASSERT_EQ(predict({"-o", file}).code, 0);
  EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600));
  EXPECT_EQ(read_text(file), predict({}).out);
}

void expect_models_fault(const std::string& file, const std::string& word) {
  for (const char* command : {"eval", "predict"}) {
    const Outcome outcome = minnow({command, file, "--dataset", "blobs", "--device", "cpu"});
    EXPECT_EQ(outcome.code, 7) << command << ": " << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "minnow: error: " + file + ": ")) << command;
    EXPECT_TRUE(contains(outcome.err, word)) << command;
  }
}

/// It used to end with 2, as if the command line were wrong, and named no file.
TEST_F(Predict, PreprocessingThatDoesNotGoWithTheDataIsTheModelsFault) {
  const std::string file = folder_ / "scaled.safetensors";
  Model changed = Model::load(model());
  changed.preprocessing = {0.5f, -3};
  changed.save(file);
  expect_models_fault(file, "scale 0.5, shift -3");
}

TEST_F(Predict, ClassWeightsOfTheModelAreTheModelsFault) {
  const std::string file = folder_ / "weights.safetensors";
  for (const std::string& weights : {std::string("1,2"), std::string("0,0,0,0,0,0,0,0,0,0")}) {
    Model changed = Model::load(model());
    std::erase_if(changed.metadata, [](const auto& pair) { return pair.first == "loss.class_weights"; });
    changed.metadata.emplace_back("loss.class_weights", weights);
    changed.save(file);
    const Outcome outcome = minnow({"eval", file, "--device", "cpu"});
    EXPECT_EQ(outcome.code, 7) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "minnow: error: " + file + ": ")) << outcome.err;
    const Outcome own = minnow({"eval", model(), "--class-weights", weights, "--device", "cpu"});
    EXPECT_EQ(own.code, 2) << "what the user says is the user's fault: " << own.err;
  }
}

/// A setting of any length that the model names: the line used to repeat all of it.
TEST_F(Predict, SettingsOfTheModelAreNotQuotedWhole) {
  const std::string file = folder_ / "long.safetensors";
  Model changed = Model::load(model());
  for (auto& [key, value] : changed.metadata) {
    if (key == "loss.type") value = std::string(200000, 'x');
  }
  changed.save(file);
  const Outcome outcome = minnow({"predict", file, "--device", "cpu"});
  EXPECT_EQ(outcome.code, 7);
  EXPECT_TRUE(contains(outcome.err, "minnow: error: " + file + ": the model names loss.type = xxx"));
  EXPECT_LT(outcome.err.size(), 5000u);
}

/// It used to be evaluated as if it said class 0 of every row, with exit code 0.
TEST_F(Predict, AModelWithNaNIsRefusedByName) {
  const std::string file = folder_ / "nan.safetensors";
  std::string bytes = read_text(model());
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(bytes.data() + bytes.size() - sizeof(nan), &nan, sizeof(nan));
  write_text(file, bytes);
  expect_models_fault(file, "tensor 'dense2.bias' holds NaN at [0, 9]");
  EXPECT_EQ(minnow({"inspect", file}).code, 7);
}

/// 70 training and 10 test images of 2 x 2.
void write_set(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  write_text(folder / "train-images-idx3-ubyte", idx_bytes({70, 2, 2}, counting(280, 256)));
  write_text(folder / "train-labels-idx1-ubyte", idx_bytes({70}, counting(70, 10)));
  write_text(folder / "t10k-images-idx3-ubyte", idx_bytes({10, 2, 2}, counting(40, 256)));
  write_text(folder / "t10k-labels-idx1-ubyte", idx_bytes({10}, counting(10, 10)));
}

/// Model files used to name the folders of the machine that had trained them.
TEST_F(Predict, ModelFilesHoldNoPaths) {
  write_set(folder_ / "own");
  write_set(folder_ / "data/mnist");
  const std::vector<std::vector<std::string>> sources = {{"--dataset", folder_ / "own"},
                                                         {"--dataset", "mnist", "--data", folder_ / "data"}};
  for (const std::vector<std::string>& source : sources) {
    std::vector<std::string> train = {"train",
                                      "--epochs",
                                      "1",
                                      "--batch",
                                      "10",
                                      "--device",
                                      "cpu",
                                      "--out",
                                      folder_ / "runs",
                                      "--name",
                                      source.size() == 2 ? "a" : "b"};
    train.insert(train.end(), source.begin(), source.end());
    ASSERT_EQ(minnow(train).code, 0);
    const std::filesystem::path run = folder_ / "runs" / train[10];
    const std::string file = run / "model.safetensors";
    EXPECT_EQ(read_text(file).find(folder_.path().string()), std::string::npos);
    for (const std::string& operand : {run.string(), file, (run / "checkpoints/last.safetensors").string()}) {
      const Outcome outcome = minnow({"eval", operand, "--device", "cpu"}, {.environment = {{"MINNOW_DATA", "/none"}}});
      EXPECT_EQ(outcome.code, 0) << "the run says where its data are: " << outcome.err;
      EXPECT_EQ(outcome.err.find("warning"), std::string::npos) << outcome.err;
    }
    const std::string moved = folder_ / "moved.safetensors";
    std::filesystem::copy(file, moved, std::filesystem::copy_options::overwrite_existing);
    const Outcome lost = minnow({"eval", moved, "--device", "cpu"}, {.environment = {{"MINNOW_DATA", "/none"}}});
    EXPECT_NE(lost.code, 0);
    EXPECT_TRUE(
        contains(lost.err, "the model names data.dataset = " + std::string(source.size() == 2 ? "own" : "mnist")));
    std::vector<std::string> eval = {"eval", moved, "--device", "cpu"};
    eval.insert(eval.end(), source.begin(), source.end());
    const Outcome found = minnow(eval);
    EXPECT_EQ(found.code, 0) << found.err;
    EXPECT_EQ(found.err.find("warning"), std::string::npos) << found.err;
  }
}

/// It used to advise "choose a folder that you may write to".
TEST_F(Predict, DataThatMayNotBeReadAreToBeMadeReadable) {
  write_set(folder_ / "own");
  const Outcome outcome =
      minnow({"train", "--dataset", folder_ / "own", "--out", folder_ / "runs"},
             {.environment = with_faults({{.call = "open", .path = "*/train-labels-idx1-ubyte", .error = EACCES}})});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "train-labels-idx1-ubyte: cannot be read: Permission denied; make it readable"));
}

}  // namespace
}  // namespace minnow::test
