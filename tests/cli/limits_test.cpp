// SPDX-License-Identifier: Apache-2.0
/// --fail-below: what is counted for it, and what is compared.
#include <cmath>
#include <limits>

#include "tests/cli/harness.hpp"

namespace minnow::test {
namespace {

const std::vector<std::string> parts = {"train", "val", "test"};

std::string limit(const std::string& part, double least) {
  return part + "/accuracy=" + Json(least).dump();
}

/// What a run with these limits counts of each part, from its first epoch: "train", "val", both or nothing.
std::vector<std::string> counted(const std::vector<std::string>& limits) {
  const TemporaryFolder folder;
  std::vector<std::string> options;
  for (const std::string& text : limits) options.insert(options.end(), {"--fail-below", text});
  const Outcome outcome = minnow(quick_training(folder, options));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::vector<std::string> names;
  const Json epoch = lines_of(folder / "blobs/metrics.jsonl").at(1);
  for (const std::string& part : parts) {
    if (epoch.contains(part + "/macro_f1")) names.push_back(part);
  }
  return names;
}

TEST(FailBelow, CountsWhatIsLimited) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(counted({"val/macro_f1=0"}), Names{"val"});
  EXPECT_EQ(counted({"train/macro_f1=0"}), (Names{"train", "val"}));
  EXPECT_EQ(counted({"train/macro_f1=0", "val/macro_f1=0"}), (Names{"train", "val"})) << "whichever comes last";
  EXPECT_EQ(counted({"val/macro_f1=0", "train/macro_f1=0"}), (Names{"train", "val"}));
  EXPECT_EQ(counted({"test/macro_f1=0", "train/accuracy=0"}), Names{}) << "the test is evaluated at the end";
}

/// A figure that equals its limit is not below it; the next larger number is above. Each part has its own figure.
TEST(FailBelow, ComparesTheFigureOfThePart) {
  const TemporaryFolder folder;
  const Json json = json_of(minnow(quick_training(folder, {"--json"})));
  for (const std::string& part : parts) {
    const double figure = json.at(part + "/accuracy").get<double>();
    const double above = std::nextafter(figure, std::numeric_limits<double>::infinity());
    EXPECT_EQ(minnow(quick_training(folder, {"--fail-below", limit(part, figure)})).code, 0) << part;
    const Outcome below = minnow(quick_training(folder, {"--fail-below", limit(part, above)}));
    EXPECT_EQ(below.code, 6) << part;
    EXPECT_TRUE(contains(below.err, "minnow: error: " + part + "/accuracy is "));
    if (part == "train") continue;  // running figures, which the last weights do not give
    for (const double least : {figure, above}) {
      const Outcome evaluated = minnow({"eval", json.at("run_dir").get<std::string>(), "--split", part, "--device",
                                        "cpu", "--fail-below", limit(part, least)});
      EXPECT_EQ(evaluated.code, least > figure ? 6 : 0) << part << evaluated.err;
    }
  }
}

TEST(FailBelow, NamesTheFirstThatIsLow) {
  const TemporaryFolder folder;
  const Outcome outcome = minnow(quick_training(
      folder, {"--fail-below", "val/accuracy=0", "--fail-below", "test_acc=1.5", "--fail-below", "val/accuracy=2"}));
  EXPECT_EQ(outcome.code, 6);
  EXPECT_TRUE(contains(outcome.err, "minnow: error: test/accuracy is 0."));
  EXPECT_TRUE(contains(outcome.err, ", the limit is 1.5 (--fail-below)"));
}

/// a9641de trained first, and exited with 6 then.
TEST(FailBelow, WhatTheDataCannotGiveIsRefusedBeforeTheTraining) {
  const TemporaryFolder folder;
  const std::pair<const char*, const char*> limits[] = {{"val/accuracy=0", "without rows"},
                                                        {"val/accuracy=-1", "without rows"},
                                                        {"test/r2=-1000000", "without target values"},
                                                        {"test/auroc=0", "with 10 classes, it is of two"}};
  for (const auto& [limit, why] : limits) {
    const Outcome outcome = minnow(quick_training(folder, {"--validation", "0", "--dry-run", "--fail-below", limit}));
    EXPECT_EQ(outcome.code, 2) << limit;
    EXPECT_TRUE(contains(outcome.err, std::string("there is no such figure ") + why)) << outcome.err;
  }
}

TEST(FailBelow, WhatIsNotKnownIsBelowEveryLimit) {
  const TemporaryFolder folder;
  ASSERT_EQ(minnow(quick_training(folder)).code, 0);
  const Outcome outcome = minnow({"eval", folder / "blobs", "--fail-below", "test/auroc=0"});
  EXPECT_EQ(outcome.code, 6);
  EXPECT_TRUE(contains(outcome.err, "test/auroc is not known here, the limit is 0")) << outcome.err;
}

}  // namespace
}  // namespace minnow::test
