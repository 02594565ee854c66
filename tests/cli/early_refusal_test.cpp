// SPDX-License-Identifier: Apache-2.0
/// What cannot be evaluated is refused: test data before the training, and outputs that are no numbers.
#include <filesystem>
#include <limits>
#include <string>

#include "minnow/model.hpp"
#include "tests/cli/harness.hpp"
#include "tests/support/idx_files.hpp"

namespace minnow::test {
namespace {

/// All ten test rows are of class 0, which weighs nothing. --dry-run used to accept them, and the training to fail once
/// it was done.
TEST(EarlyRefusal, TestRowsWithoutWeight) {
  const TemporaryFolder folder;
  const std::filesystem::path set = folder / "set";
  std::filesystem::create_directories(set);
  write_text(set / "train-images-idx3-ubyte", idx_bytes({70, 2, 2}, counting(280, 256)));
  write_text(set / "train-labels-idx1-ubyte", idx_bytes({70}, counting(70, 2)));
  write_text(set / "t10k-images-idx3-ubyte", idx_bytes({10, 2, 2}, counting(40, 256)));
  write_text(set / "t10k-labels-idx1-ubyte", idx_bytes({10}, counting(10, 1)));
  for (const bool dry_run : {true, false}) {
    std::vector<std::string> arguments = {"train", "--dataset", set.string(),    "--device",        "cpu", "--batch",
                                          "8",     "--out",     folder / "runs", "--class-weights", "0,1"};
    if (dry_run) arguments.emplace_back("--dry-run");
    const Outcome outcome = minnow(arguments);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "no row whose weight is above 0")) << outcome.err;
    EXPECT_FALSE(std::filesystem::exists(folder / "runs"));
  }
}

/// The weights are numbers, and so large that the outputs are none. Accuracy used to be the share of class 0.
TEST(EarlyRefusal, OutputsThatAreNoNumbers) {
  const TemporaryFolder folder;
  ASSERT_EQ(minnow(quick_training(folder)).code, 0);
  Model model = Model::load(folder / "blobs/model.safetensors");
  float sign = 1;
  for (float& parameter : model.parameters()) parameter = (sign = -sign) * std::numeric_limits<float>::max();
  const std::string file = folder / "large.safetensors";
  model.save(file);
  for (const std::string command : {"eval", "predict"}) {
    for (const bool limited : {true, false}) {
      std::vector<std::string> arguments = {command, file, "--device", "cpu"};
      if (limited && command == "eval") arguments.insert(arguments.end(), {"--fail-below", "test/accuracy=0"});
      const Outcome outcome = minnow(arguments);
      EXPECT_EQ(outcome.code, 7) << outcome.out << outcome.err;
      EXPECT_TRUE(contains(outcome.err, "NaN")) << outcome.err;
      EXPECT_EQ((outcome.out + outcome.err).find("-nan"), std::string::npos);
      EXPECT_TRUE(outcome.out.empty()) << outcome.out;
    }
  }
}

}  // namespace
}  // namespace minnow::test
