// SPDX-License-Identifier: Apache-2.0
/// Which rows a run trains on: validation rows, batches of few rows, and where a model finds its data again.
#include "tests/cli/harness.hpp"
#include "tests/support/idx_files.hpp"

namespace minnow::test {
namespace {

/// 2 x 2 images of `classes` classes, `rows` of each, in the order of their classes; classes differ in brightness.
void write_sorted_set(const std::filesystem::path& folder, int classes, int rows) {
  std::filesystem::create_directories(folder);
  for (const char* set : {"train", "t10k"}) {
    std::string images, labels;
    for (int c = 0; c < classes; ++c) {
      for (int r = 0; r < rows; ++r) {
        images += std::string(4, static_cast<char>(60 * c + r % 20));
        labels += static_cast<char>(c);
      }
    }
    const auto count = static_cast<std::uint32_t>(classes * rows);
    write_text(folder / (std::string(set) + "-images-idx3-ubyte"), idx_bytes({count, 2, 2}, images));
    write_text(folder / (std::string(set) + "-labels-idx1-ubyte"), idx_bytes({count}, labels));
  }
}

std::vector<std::string> training(const TemporaryFolder& folder, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"train",
                                        "--dataset",
                                        folder / "sorted",
                                        "--out",
                                        folder.path().string(),
                                        "--name",
                                        "run",
                                        "--device",
                                        "cpu",
                                        "--threads",
                                        "1",
                                        "--hidden",
                                        "16",
                                        "--epochs",
                                        "40",
                                        "--lr",
                                        "0.01",
                                        "--batch",
                                        "16",
                                        "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

/// Once the last rows, all of one class, and not a word about it.
TEST(Validation, RowsOfASortedFolderAreDrawnOfEachClass) {
  const TemporaryFolder folder;
  write_sorted_set(folder / "sorted", 4, 50);
  const Outcome outcome = minnow(training(folder, {"--validation", "0.2"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err.find("warning"), std::string::npos) << outcome.err;
  const Json json = json_of(outcome);
  EXPECT_EQ(json.at("val/rows"), 40);
  EXPECT_GT(json.at("val/accuracy").get<double>(), 0.9);
  EXPECT_GT(json.at("test/accuracy").get<double>(), 0.9);
  EXPECT_TRUE(contains(outcome.err, "160 training + 40 validation (stratified, seed 1) + 200 test rows"));
  const std::string config = read_text(folder / "run/config.toml");
  EXPECT_TRUE(contains(config, "validation = 0.2\nsampling = \"auto\"\nseed = 1\n"));

  const Outcome evaluated = minnow({"eval", folder / "run", "--split", "val", "--device", "cpu", "--json"});
  EXPECT_EQ(evaluated.err, "") << "the model file says which rows it was trained on";
  EXPECT_EQ(json_of(evaluated).at("val/accuracy"), json.at("val/accuracy"));
  for (const Json& row : json_of(evaluated).at("val/classes")) EXPECT_EQ(row.at("support"), 10);

  const Json again = json_of(minnow({"train", "-c", folder / "run/config.toml", "--json"}));
  EXPECT_EQ(again.at("weights_hash"), json.at("weights_hash"));
  const Json other = json_of(minnow(training(folder, {"--validation", "0.2", "--set", "data.seed=2"})));
  EXPECT_NE(other.at("weights_hash"), json.at("weights_hash"));
  const Json same = json_of(minnow(training(folder, {"--validation", "40"})));
  EXPECT_EQ(same.at("weights_hash"), json.at("weights_hash"));
}

TEST(Validation, ClassesThatTheTrainingRowsLackAreNamed) {
  const TemporaryFolder folder;
  write_sorted_set(folder / "sorted", 4, 50);
  const std::vector<std::string> last = {"--validation", "60", "--set", "data.sampling=last", "--epochs", "1"};
  const Outcome outcome = minnow(training(folder, last));
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(json_of(outcome).at("val/rows"), 60);
  EXPECT_TRUE(contains(outcome.err, "warning: the training rows have none of class 3, but the val rows do"));
  EXPECT_TRUE(contains(outcome.err, "warning: the training rows have none of class 3, but the test rows do"));
  std::vector<std::string> dry = training(folder, last);
  dry.emplace_back("--dry-run");
  EXPECT_TRUE(contains(minnow(dry).err, "have none of class 3")) << "a dry run says it too";
}

TEST(Validation, SharesAreChecked) {
  const TemporaryFolder folder;
  for (const char* text : {"1.0", "0.0", "-0.1", "1.5", "nan", "1e-60", "a fifth", "-1", "0x10", "20%"}) {
    const Outcome outcome = minnow(quick_training(folder, {"--validation", text, "--dry-run"}));
    EXPECT_EQ(outcome.code, 2) << text;
    EXPECT_TRUE(contains(outcome.err, "expected auto, a share in (0, 1) or an integer from 0 to")) << text;
  }
  EXPECT_EQ(minnow(quick_training(folder, {"--validation", "0.5", "--dry-run"})).code, 0);
  const Outcome named = minnow(quick_training(folder, {"--set", "data.sampling=stratfied", "--dry-run"}));
  EXPECT_EQ(named.code, 2);
  EXPECT_TRUE(contains(named.err, "did you mean \"stratified\"?"));
}

/// Once fewer rows than 64 were refused unless a batch was given: XOR has four.
TEST(Batch, FewRowsAreOneBatch) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "xor");
  const std::string corners("\0\0\0\xff\xff\0\xff\xff", 8), labels("\0\1\1\0", 4);
  for (const char* set : {"train", "t10k"}) {
    write_text(folder / ("xor/" + std::string(set) + "-images-idx3-ubyte"), idx_bytes({4, 1, 2}, corners));
    write_text(folder / ("xor/" + std::string(set) + "-labels-idx1-ubyte"), idx_bytes({4}, labels));
  }
  const auto train = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "train",  "--dataset", folder / "xor", "--validation", "0",        "--out", folder.path().string(),
        "--name", "run",       "--device",     "cpu",          "--hidden", "16",    "--lr",
        "0.05",   "--epochs",  "300",          "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return minnow(arguments);
  };
  const Outcome outcome = train({});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(json_of(outcome).at("test/accuracy"), 1);
  EXPECT_EQ(json_of(outcome).at("steps"), 300) << "one batch an epoch";
  EXPECT_TRUE(contains(read_text(folder / "run/config.toml"), "batch = 4\n")) << "as it was used";
  const Outcome evaluated = minnow({"eval", (folder / "run").string()});
  EXPECT_TRUE(contains(evaluated.out, "macro f1 1.0000, AUROC 1.0000\n")) << "top-2 of two classes says nothing";
  const Outcome large = train({"--batch", "5"});
  EXPECT_EQ(large.code, 2);
  EXPECT_TRUE(contains(large.err, "--batch: train.batch = 5 is more than the 4 training rows"));
  const Outcome blobs = minnow(quick_training(folder, {"--dry-run"}));
  EXPECT_TRUE(contains(blobs.out, "batch = 64\n"));
}

class ModelOfMnist : public testing::Test {
 protected:
  void SetUp() override {
    write_sorted_set(folder_ / "a/mnist", 4, 5);
    write_sorted_set(folder_ / "b/mnist", 2, 7);
    const Outcome outcome =
        minnow({"train", "--dataset", "mnist", "--data", folder_ / "a", "--out", folder_.path().string(), "--name",
                "run", "--device", "cpu", "--epochs", "1", "--validation", "4", "--batch", "8"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  Outcome eval(const std::string& data) {
    return minnow({"eval", folder_ / "run", "--device", "cpu", "--json"}, {.environment = {{"MINNOW_DATA", data}}});
  }
  TemporaryFolder folder_;
};

TEST_F(ModelOfMnist, ItsFolderWinsOverTheEnvironment) {
  const Outcome outcome = eval(folder_ / "b");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(json_of(outcome).at("test/rows"), 20);
}

/// A model from another machine: its folder is not there.
TEST_F(ModelOfMnist, AFolderThatIsGoneIsLookedForAsUsual) {
  std::filesystem::rename(folder_ / "a", folder_ / "c");
  const Outcome outcome = eval(folder_ / "c");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(json_of(outcome).at("test/rows"), 20);
  EXPECT_EQ(outcome.err, "") << "the rows are those of the model: " << outcome.err;
}

/// The four validation rows are those of the training's data; others have a sixth of theirs, 14.
TEST_F(ModelOfMnist, SettingsOfItsDataAreNotThoseOfOthers) {
  std::filesystem::rename(folder_ / "b/mnist", folder_ / "b/other");
  const std::vector<std::string> eval = {"eval", folder_ / "run", "--device", "cpu", "--json", "--split", "val"};
  std::vector<std::string> other = eval;
  other.insert(other.end(), {"--dataset", folder_ / "b/other"});
  EXPECT_EQ(json_of(minnow(eval)).at("val/rows"), 4);
  EXPECT_EQ(json_of(minnow(other)).at("val/rows"), 2);
}

}  // namespace
}  // namespace minnow::test
