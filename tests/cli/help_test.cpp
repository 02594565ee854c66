// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/harness.hpp"

namespace minnow::test {
namespace {

class CommandHelp : public testing::TestWithParam<std::string> {};

TEST_P(CommandHelp, NamesTheCommandAndEndsWell) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{GetParam(), "--help"}, {GetParam(), "-h"}, {"help", GetParam()}}) {
    const Outcome outcome = minnow(arguments);
    EXPECT_EQ(outcome.code, 0);
    EXPECT_TRUE(contains(outcome.out, "Usage: minnow " + GetParam()));
    EXPECT_TRUE(contains(outcome.out, "--json"));
    EXPECT_EQ(outcome.err, "");
  }
}

INSTANTIATE_TEST_SUITE_P(EveryCommand, CommandHelp,
                         testing::Values("train", "eval", "predict", "gradcheck", "bench", "inspect", "doctor"),
                         [](const auto& instance) { return instance.param; });

TEST(Help, ListsEveryCommand) {
  const Outcome outcome = minnow({"--help"});
  EXPECT_EQ(outcome.code, 0);
  for (const char* command : {"train", "eval", "predict", "gradcheck", "bench", "inspect", "doctor"}) {
    EXPECT_TRUE(contains(outcome.out, std::string("  ") + command));
  }
}

TEST(Help, WinsOverOtherMistakesButNotOverUnknownOptions) {
  EXPECT_EQ(minnow({"train", "--epochs", "0", "--help"}).code, 0);
  EXPECT_EQ(minnow({"train", "--help", "--epoch", "0"}).code, 2);
}

TEST(Help, TellsRangesDefaultsAndNames) {
  const std::string text = minnow({"train", "--help"}).out;
  EXPECT_TRUE(contains(text, "--epochs N"));
  EXPECT_TRUE(contains(text, "(from 1 to 1000000000; default 10)"));
  EXPECT_TRUE(contains(text, "sgd, rmsprop, adagrad, adadelta, adam, adamw, nadam, lion"));
  EXPECT_TRUE(contains(text, "-c, --config FILE"));
  EXPECT_TRUE(contains(text, "optimizer.beta2"));
}

TEST(Help, WithoutArgumentsIsAUsageError) {
  const Outcome outcome = minnow({});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(contains(outcome.err, "Usage: minnow COMMAND"));
}

TEST(Help, VersionSaysHowItWasBuilt) {
  const Outcome outcome = minnow({"--version"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_TRUE(contains(outcome.out, "minnow "));
  EXPECT_TRUE(contains(outcome.out, "CUDA"));
}

TEST(Help, TheManualHoldsTheTableOfOptions) {
  const std::string manual = read_text(std::filesystem::path(__FILE__).parent_path() / "../../docs/cli.md");
  const Outcome outcome = minnow({"reference"});
  ASSERT_EQ(outcome.code, 0);
  EXPECT_TRUE(contains(manual, outcome.out)) << "write the output of `minnow reference` into docs/cli.md";
}

TEST(Output, AClosedReaderIsNoError) {
  Process process({"train", "--help"});
  process.close_output();
  EXPECT_EQ(process.finish().code, 0);
}

}  // namespace
}  // namespace minnow::test
