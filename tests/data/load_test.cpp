// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

#include "minnow/dataset.hpp"
#include "minnow/error.hpp"
#include "tests/support/files.hpp"
#include "tests/support/idx_files.hpp"

namespace minnow {
namespace {

using test::counting;
using test::expect_error;
using test::idx_bytes;
using test::write_file;

/// $MINNOW_DATA for the time of a test.
class DataVariable {
 public:
  explicit DataVariable(const std::string& value) {
    if (const char* old = std::getenv("MINNOW_DATA")) old_ = old;
    setenv("MINNOW_DATA", value.c_str(), 1);
  }
  ~DataVariable() { old_ ? setenv("MINNOW_DATA", old_->c_str(), 1) : unsetenv("MINNOW_DATA"); }

 private:
  std::optional<std::string> old_;
};

DataSplits load(const std::string& dataset, const std::filesystem::path& directory, std::optional<int> validation = {},
                bool allow_substitute = false) {
  DataSource source;
  source.dataset = dataset;
  source.directory = directory;
  source.validation = validation;
  return load_data(source, allow_substitute);
}

/// 12 training and 4 test images of 2 x 2; labels 0 to 9 in turn.
void write_set(const std::filesystem::path& folder, bool gzip) {
  std::filesystem::create_directories(folder);
  const auto write = [&](const std::string& name, const std::string& bytes) {
    write_file(folder / (name + (gzip ? ".gz" : "")), gzip ? test::gzip(bytes) : bytes);
  };
  write("train-images-idx3-ubyte", idx_bytes({12, 2, 2}, counting(48, 256)));
  write("train-labels-idx1-ubyte", idx_bytes({12}, counting(12, 10)));
  write("t10k-images-idx3-ubyte", idx_bytes({4, 2, 2}, counting(16, 256)));
  write("t10k-labels-idx1-ubyte", idx_bytes({4}, counting(4, 10)));
}

TEST(LoadData, FindsMnistBelowTheFolderOrInIt) {
  const test::TemporaryFolder folder;
  write_set(folder / "below" / "mnist", true);
  write_set(folder / "in", false);
  for (const char* name : {"below", "in"}) {
    const DataSplits splits = load("mnist", folder / name);
    EXPECT_EQ(splits.train.rows(), 10);
    EXPECT_EQ(splits.validation.rows(), 2);
    EXPECT_EQ(splits.test.rows(), 4);
    EXPECT_EQ(splits.test.classes(), 10);
    EXPECT_EQ(splits.validation.labels()[1], 1);  // the last rows of the training file
    EXPECT_FALSE(splits.substituted);
    ASSERT_EQ(splits.files.size(), 4u);
    EXPECT_EQ(splits.files[0].filename().stem().string().substr(0, 12), "train-images");
    EXPECT_EQ(splits.files[3].filename().stem().string().substr(0, 11), "t10k-labels");
    EXPECT_NE(splits.description.find((folder / name).string()), std::string::npos) << splits.description;
  }
}

TEST(LoadData, ReadsTheEnvironmentVariable) {
  const test::TemporaryFolder folder, empty;
  write_set(folder / "mnist", false);
  const DataVariable variable(folder.path().string());
  EXPECT_EQ(load("mnist", {}, 5).train.rows(), 7);
  expect_error<DataError>([&] { load("mnist", empty.path()); }, {empty.path().string()});
}

TEST(LoadData, SubstitutesDigitsOnlyWhereThatIsAllowed) {
  const test::TemporaryFolder folder;
  expect_error<DataError>([&] { load("mnist", folder.path()); },
                          {(folder / "mnist").string(), folder.path().string(), "MINNOW_DATA", "digits"});
  expect_error<DataError>([&] { load("mnist", folder.path(), 0, true); }, {"MNIST was not found"});
  expect_error<DataError>([&] { load("mnist", folder / "none", 0, true); }, {"none", "no such folder"});
  const DataVariable variable(folder.path().string());
  const DataSplits splits = load("mnist", {}, 0, true);
  EXPECT_TRUE(splits.substituted);
  EXPECT_NE(splits.description.find("MNIST was not found"), std::string::npos) << splits.description;
  EXPECT_EQ(splits.train.features(), 784);
}

TEST(LoadData, AFolderThatCannotBeLookedUpIsAnError) {
  const test::TemporaryFolder folder;
  std::filesystem::create_symlink("loop", folder / "loop");
  expect_error<DataError>([&] { load("mnist", folder / "loop"); }, {"loop", "the link leads back to itself"});
  expect_error<DataError>([&] { load((folder / "loop").string(), {}); }, {"loop", "the link leads back to itself"});
}

TEST(LoadData, NeverSubstitutesForASetThatIsBroken) {
  const test::TemporaryFolder folder;
  write_set(folder / "mnist", true);
  std::filesystem::remove(folder / "mnist" / "t10k-labels-idx1-ubyte.gz");
  expect_error<DataError>([&] { load("mnist", folder.path(), 0, true); }, {"t10k-labels-idx1-ubyte", "four files"});
  write_file(folder / "mnist" / "t10k-labels-idx1-ubyte", "short");
  expect_error<DataError>([&] { load("mnist", folder.path(), 0, true); }, {"t10k-labels-idx1-ubyte"});
}

TEST(LoadData, TakesAFolderByItsPath) {
  const test::TemporaryFolder folder;
  write_set(folder / "own", true);
  const DataSplits splits = load((folder / "own").string(), {}, 3);
  EXPECT_EQ(splits.train.rows(), 9);
  EXPECT_EQ(splits.train.classes(), 10);
  for (const char* name : {"t10k-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz"}) {
    std::filesystem::rename(folder / "own" / name, folder / "own" / std::string(name).substr(0, 22));
  }
  write_file(folder / "own" / "t10k-labels-idx1-ubyte", idx_bytes({4}, std::string("\0\1\2\x0a", 4)));
  expect_error<DataError>([&] { load((folder / "own").string(), {}); }, {"label 10 at row 3"});
  write_file(folder / "own" / "t10k-labels-idx1-ubyte", idx_bytes({4}, counting(4, 10)));
  write_file(folder / "own" / "t10k-images-idx3-ubyte", idx_bytes({4, 2, 3}, counting(24, 10)));
  expect_error<DataError>([&] { load((folder / "own").string(), {}); }, {"images of 6 values, expected 4"});
  expect_error<DataError>([&] { load((folder / "none").string(), {}); }, {"none", "folder"});
}

/// Images of t10k and labels of test used to be taken for one set.
TEST(LoadData, PairsImagesAndLabelsOfOneSet) {
  const test::TemporaryFolder folder;
  write_set(folder.path(), true);
  const auto move = [&](const std::string& from, const std::string& to) {
    std::filesystem::rename(folder / from, folder / to);
  };
  move("t10k-labels-idx1-ubyte.gz", "test-labels-idx1-ubyte.gz");
  expect_error<DataError>([&] { load("mnist", folder.path()); },
                          {"t10k-images-idx3-ubyte.gz", "test-labels-idx1-ubyte.gz", "two test sets"});
  std::filesystem::copy(folder / "t10k-images-idx3-ubyte.gz", folder / "test-images-idx3-ubyte.gz");
  expect_error<DataError>([&] { load("mnist", folder.path()); }, {"two test sets"});
  std::filesystem::remove(folder / "t10k-images-idx3-ubyte.gz");
  EXPECT_EQ(load("mnist", folder.path()).files[2].filename(), "test-images-idx3-ubyte.gz");
  std::filesystem::remove(folder / "test-labels-idx1-ubyte.gz");
  expect_error<DataError>(
      [&] { load("mnist", folder.path()); },
      {"holds no test-labels-idx1-ubyte or test-labels-idx1-ubyte.gz", "belongs to test-images-idx3-ubyte.gz"});
}

/// An unpacked file of an older download beat the packed one, and was paired with the new labels.
TEST(LoadData, RefusesTwoFilesOfOneNameThatDiffer) {
  const test::TemporaryFolder folder;
  write_set(folder.path(), true);
  write_set(folder.path(), false);
  EXPECT_EQ(load("mnist", folder.path()).train.rows(), 10) << "copies: which one is read makes no difference";
  for (const std::string stem : {"train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}) {
    const std::string bytes = test::read_file(folder / stem);
    std::string older = bytes;
    older.back() = '\1';
    for (const std::string& changed : {older, bytes.substr(0, bytes.size() - 1), bytes + "x"}) {
      write_file(folder / stem, changed);
      expect_error<DataError>([&] { load("mnist", folder.path()); },
                              {(folder / stem).string(), stem + ".gz", "hold different data", "out of date"});
    }
    write_file(folder / stem, bytes);
  }
  write_file(folder / "train-labels.idx1-ubyte", "another spelling of the name");
  expect_error<DataError>([&] { load("mnist", folder.path()); }, {"train-labels.idx1-ubyte", "hold different data"});
}

/// Once the last rows of every source: of a folder that is sorted by class, one class.
TEST(LoadData, ValidationRowsAreDrawnOfAFolderAndTheLastOnesOfTheRest) {
  const test::TemporaryFolder folder;
  write_set(folder / "own", false);
  std::string sorted;
  for (const char label : std::string("\0\1\2", 3)) sorted += std::string(4, label);
  write_file(folder / "own" / "train-labels-idx1-ubyte", idx_bytes({12}, sorted));
  write_file(folder / "own" / "t10k-labels-idx1-ubyte", idx_bytes({4}, counting(4, 3)));
  const auto labels = [](const Dataset& data) { return std::vector<int>(data.labels().begin(), data.labels().end()); };
  DataSource source;
  source.dataset = (folder / "own").string();
  source.validation = 0.25;
  const DataSplits drawn = load_data(source, false);
  EXPECT_EQ(labels(drawn.validation), (std::vector<int>{0, 1, 2}));
  EXPECT_NE(drawn.description.find("9 training + 3 validation (stratified, seed 1) + 4"), std::string::npos)
      << drawn.description;
  source.sampling = Sampling::last;
  EXPECT_EQ(labels(load_data(source, false).validation), (std::vector<int>{2, 2, 2}));
  source.sampling = Sampling::shuffled;
  EXPECT_NE(load_data(source, false).description.find("(shuffled, seed 1)"), std::string::npos);

  const DataSplits blobs = load("blobs", {}, 100);
  Dataset all = make_blobs(14000, 16, 10, 1, 1);
  all.split_last(2000);
  EXPECT_EQ(blobs.validation.fingerprint(), all.split_last(100).fingerprint());
  DataSource shuffled;
  shuffled.dataset = "blobs";
  shuffled.validation = 100;
  shuffled.sampling = Sampling::stratified;
  EXPECT_NE(load_data(shuffled, false).validation.fingerprint(), blobs.validation.fingerprint());
}

TEST(LoadData, NoRowsForValidationLeavesAllToTraining) {
  const test::TemporaryFolder folder;
  write_set(folder.path(), true);
  const DataSplits splits = load("mnist", folder.path(), 0);
  EXPECT_EQ(splits.train.rows(), 12);
  EXPECT_EQ(splits.validation.rows(), 0);
}

TEST(LoadData, RefusesAValidationSetThatLeavesNoRow) {
  const test::TemporaryFolder folder;
  write_set(folder.path(), true);
  for (const int rows : {12, 13, -1}) {
    expect_error<UsageError>([&] { load("mnist", folder.path(), rows); },
                             {"validation of " + std::to_string(rows), "0 to 11"});
  }
}

TEST(LoadData, SuggestsTheNameThatWasMeant) {
  expect_error<UsageError>([] { load("mnits", {}, 0, true); }, {"\"mnits\"", "did you mean \"mnist\""});
  expect_error<UsageError>([] { load("imagenet", {}, 0, true); }, {"mnist, digits, blobs, or the path of a folder"});
}

TEST(LoadData, SplitsGeneratedDataWithEveryClassInEachPart) {
  const DataSplits blobs = load("blobs", {});
  EXPECT_EQ(blobs.train.rows() + blobs.validation.rows(), 12000);
  EXPECT_EQ(blobs.validation.rows(), 2000);
  EXPECT_EQ(blobs.test.rows(), 2000);
  const DataSplits digits = load("digits", {}, 1000);
  EXPECT_EQ(digits.train.rows(), 23000);
  EXPECT_EQ(digits.test.rows(), 4000);
  for (const Dataset* part : {&blobs.train, &blobs.validation, &blobs.test, &digits.validation, &digits.test}) {
    std::vector<int> counts(10);
    for (const std::int32_t label : part->labels()) ++counts[static_cast<std::size_t>(label)];
    EXPECT_EQ(counts, std::vector<int>(10, part->rows() / 10));
  }
}

}  // namespace
}  // namespace minnow
