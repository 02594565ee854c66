// SPDX-License-Identifier: Apache-2.0
/// eval, predict and inspect, on one trained model.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "tests/cli/harness.hpp"

namespace minnow::test {
namespace {

class TrainedModel : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    trained_ = json_of(minnow(quick_training(*folder_, {"--json"})));
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string run() { return *folder_ / "blobs"; }
  static std::string model() { return *folder_ / "blobs/model.safetensors"; }

  static std::unique_ptr<TemporaryFolder> folder_;
  static Json trained_;
};

std::unique_ptr<TemporaryFolder> TrainedModel::folder_;
Json TrainedModel::trained_;

TEST_F(TrainedModel, EvaluationCountsClasses) {
  const Json json = json_of(minnow({"eval", model(), "--json"}));
  std::uint64_t hits = 0, rows = 0;
  for (std::size_t c = 0; c < json.at("test/confusion").size(); ++c) {
    hits += json.at("test/confusion").at(c).at(c).get<std::uint64_t>();
    rows += json.at("test/classes").at(c).at("support").get<std::uint64_t>();
  }
  EXPECT_EQ(rows, json.at("test/rows"));
  EXPECT_DOUBLE_EQ(static_cast<double>(hits) / static_cast<double>(rows), json.at("test/accuracy").get<double>());
  const Outcome text = minnow({"eval", model()});
  for (const char* word : {"precision", "support", "macro f1", "top-5 accuracy", "labels down, predicted across"}) {
    EXPECT_TRUE(contains(text.out, word)) << text.out;
  }
}

TEST_F(TrainedModel, FiguresBelowALimitExitWithSix) {
  EXPECT_EQ(minnow({"eval", model(), "--fail-below", "test/accuracy=0.01"}).code, 0);
  const Outcome low =
      minnow({"eval", model(), "--fail-below", "test/accuracy=0.01", "--fail-below", "test/macro_f1=1.5"});
  EXPECT_EQ(low.code, 6);
  EXPECT_TRUE(contains(low.err, "test/macro_f1 is ")) << low.err;
  EXPECT_TRUE(contains(low.err, "the limit is 1.5")) << low.err;
  const Outcome misspelt = minnow({"eval", model(), "--fail-below", "test/acuracy=0.9"});
  EXPECT_EQ(misspelt.code, 2);
  EXPECT_TRUE(contains(misspelt.err, "did you mean \"test/accuracy\"?")) << misspelt.err;
  for (const char* text : {"test/accuracy", "test/accuracy=", "test/accuracy=high", "test/accuracy=nan"}) {
    EXPECT_EQ(minnow({"eval", model(), "--fail-below", text}).code, 2) << text;
  }
  EXPECT_EQ(minnow({"eval", model(), "--fail-below", "test/r2=0.5"}).code, 6) << "a classifier has no R2";
  const TemporaryFolder folder;
  EXPECT_EQ(minnow(quick_training(folder, {"--fail-below", "val/accuracy=1.5"})).code, 6);
  EXPECT_EQ(minnow(quick_training(folder, {"--fail-below", "val/accuracy=0.1"})).code, 0);
}

TEST_F(TrainedModel, EvaluatesAsTrainingDid) {
  for (const std::string& path : {run(), model()}) {
    const Outcome outcome = minnow({"eval", path, "--device", "cpu", "--json"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const Json json = json_of(outcome);
    EXPECT_EQ(json.at("dataset"), "blobs") << "the model's own dataset is the default";
    EXPECT_EQ(json.at("test/loss"), trained_.at("test/loss"));
    EXPECT_EQ(json.at("test/accuracy"), trained_.at("test/accuracy"));
    EXPECT_EQ(json.at("weights_hash"), trained_.at("weights_hash"));
  }
}

TEST_F(TrainedModel, EvaluatesOtherParts) {
  const Json json = json_of(minnow({"eval", model(), "--split", "val", "--device", "cpu", "--json"}));
  EXPECT_EQ(json.at("val/rows"), trained_.at("val/rows"));
  EXPECT_EQ(json.at("val/accuracy"), trained_.at("val/accuracy"));
}

TEST_F(TrainedModel, PredictsAsItWasEvaluated) {
  const Outcome outcome = minnow({"predict", model(), "--device", "cpu", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json rows = json_of(outcome).at("rows");
  int right = 0;
  for (const Json& row : rows) {
    right += row.at("label") == row.at("predicted") ? 1 : 0;
    double sum = 0;
    for (const Json& probability : row.at("probabilities")) sum += probability.get<double>();
    ASSERT_NEAR(sum, 1, 1e-5);
  }
  EXPECT_NEAR(static_cast<double>(right) / static_cast<double>(rows.size()), trained_.at("test/accuracy").get<double>(),
              1e-12);
}

TEST_F(TrainedModel, PredictsIntoAFile) {
  const std::string file = *folder_ / "predictions.csv";
  const Outcome outcome = minnow({"predict", run(), "--limit", "5", "--output", file});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "");
  const std::string text = read_text(file);
  EXPECT_TRUE(text.starts_with("row,label,predicted,probability_0,"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 6);
  EXPECT_EQ(minnow({"predict", run(), "--output", "/nonexistent/x.csv"}).code, 3);
}

TEST_F(TrainedModel, PredictsIntoAPipe) {
  const std::string pipe = *folder_ / "pipe", link = *folder_ / "link";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::filesystem::create_symlink("pipe", link);
  for (const std::string& target : {pipe, link}) {
    const int reader = open(pipe.c_str(), O_RDWR);
    EXPECT_EQ(minnow({"predict", run(), "--limit", "1", "--output", target}).code, 0);
    std::string text(16, 0);
    EXPECT_EQ(read(reader, text.data(), text.size()), 16);
    EXPECT_EQ(text, "row,label,predic");
    close(reader);
    EXPECT_TRUE(std::filesystem::is_fifo(target)) << "it was replaced by a file";
  }
}

TEST_F(TrainedModel, InspectShowsWhatIsInside) {
  const Outcome outcome = minnow({"inspect", model()});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_TRUE(contains(outcome.out, "dense1.weight            [16, 16]"));
  EXPECT_TRUE(contains(outcome.out, trained_.at("weights_hash").get<std::string>()));
  const Json json = json_of(minnow({"inspect", run(), "--json"}));
  EXPECT_EQ(json.at("model").at("inputs"), 16);
  EXPECT_EQ(json.at("model").at("metadata").at("data.dataset"), "blobs");
  EXPECT_EQ(json.at("run").at("status"), "completed");
}

/// A copy of the model whose metadata say something else.
class PatchedModel : public TrainedModel {
 protected:
  std::string patched(const std::string& old, const std::string& text) {
    const std::string file = *folder_ / "patched.safetensors";
    write_text(file, read_text(model()));
    patch(file, old, text);
    return file;
  }
};

TEST_F(PatchedModel, NamesThatNobodyKnowsAreTheModelsFault) {
  for (const auto& [old, text, flag] :
       {std::array<std::string, 3>{"\"blobs\"", "\"blubs\"", "--dataset"},
        std::array<std::string, 3>{"\"cross_entropy\"", "\"cross_entropi\"", "--loss"}}) {
    const Outcome outcome = minnow({"eval", patched(old, text)});
    EXPECT_EQ(outcome.code, 7) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "the model names"));
    EXPECT_TRUE(contains(outcome.err, flag));
  }
  EXPECT_EQ(minnow({"eval", patched("\"blobs\"", "\"blubs\""), "--dataset", "blobs"}).code, 0);
}

TEST_F(PatchedModel, TextFromAFileIsShownWithoutControlCharacters) {
  const std::string fingerprint = json_of(minnow({"inspect", model(), "--json"}))
                                      .at("model")
                                      .at("metadata")
                                      .at("data.train_fingerprint")
                                      .get<std::string>();
  const std::string file = patched(fingerprint, "\\u001b[31m\\nrd\xc2\x9b");
  for (const char* command : {"inspect", "eval"}) {
    const Outcome outcome = minnow({command, file});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(contains(outcome.out + outcome.err, "\\x1b[31m\\x0ard\\u009b"));
    EXPECT_EQ((outcome.out + outcome.err).find('\x1b'), std::string::npos);
  }
}

TEST_F(TrainedModel, OtherDataIsRefused) {
  const Outcome outcome = minnow({"eval", model(), "--dataset", "digits"});
  EXPECT_EQ(outcome.code, 7);
  EXPECT_TRUE(contains(outcome.err, "784"));
}

TEST_F(TrainedModel, CorruptFilesAreRefused) {
  const std::string bytes = read_text(model());
  const std::string file = *folder_ / "cut.safetensors";
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{100}, bytes.size() - 1}) {
    write_text(file, bytes.substr(0, size));
    for (const char* command : {"inspect", "eval", "predict"}) {
      const Outcome outcome = minnow({command, file});
      EXPECT_EQ(outcome.code, 7) << command << " of " << size << " bytes: " << outcome.err;
      EXPECT_TRUE(contains(outcome.err, "cut.safetensors"));
    }
  }
}

TEST_F(TrainedModel, MissingFilesAreDataErrors) {
  for (const char* command : {"inspect", "eval", "predict"}) {
    EXPECT_EQ(minnow({command, "/nonexistent/model.safetensors"}).code, 3);
    EXPECT_EQ(minnow({command, "/"}).code, 3);
  }
}

TEST_F(TrainedModel, AFolderOfRunsIsNoRun) {
  for (const char* command : {"inspect", "eval"}) {
    const Outcome outcome = minnow({command, folder_->path().string()});
    EXPECT_EQ(outcome.code, 3);
    EXPECT_TRUE(contains(outcome.err, "is not a run directory"));
  }
  EXPECT_TRUE(contains(minnow({"eval", "/nonexistent"}).err, "check the path"));
  const std::filesystem::path run = *folder_ / "odd";
  std::filesystem::create_directories(run / "run.json");
  const Outcome outcome = minnow({"inspect", run.string()});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "run.json: cannot be read: Is a directory"));
}

TEST(ModelData, AreThoseOfTheTraining) {
  const TemporaryFolder folder;
  const Json trained = json_of(
      minnow(quick_training(folder, {"--json", "--validation", "100", "--set", "data.seed=7", "--name", "s7"})));
  const std::vector<std::string> eval = {"eval", folder / "s7", "--json"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), eval.begin(), eval.end());
    return minnow(more);
  };
  const Outcome same = with({});
  EXPECT_EQ(same.err, "");
  EXPECT_EQ(json_of(same).at("test/accuracy"), trained.at("test/accuracy"));
  EXPECT_EQ(json_of(with({"--split", "validation"})).at("val/rows"), 100);
  EXPECT_EQ(with({"--dataset", "blobs"}).err, "");
  for (const std::vector<std::string>& other :
       std::vector<std::vector<std::string>>{{"--set", "data.seed=1"}, {"--validation", "200"}}) {
    const Outcome outcome = with(other);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_TRUE(contains(outcome.err, "warning: the training rows are not those of the model"));
  }
}

TEST_F(TrainedModel, AFullDiskIsADataError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  Process process({"predict", model(), "--json"}, {.output_file = "/dev/full"});
  const Outcome outcome = process.finish();
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "standard output"));
}

}  // namespace
}  // namespace minnow::test
