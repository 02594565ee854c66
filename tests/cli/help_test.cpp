// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <regex>
#include <sstream>

#include "tests/cli/harness.hpp"
#include "tests/support/repository.hpp"

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

/// The longest of the lines, less those of one word, which cannot be broken.
std::size_t widest(const std::string& text) {
  std::istringstream lines(text);
  std::size_t width = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t word = line.find_first_not_of(' ');
    if (word != std::string::npos && line.find(' ', word) != std::string::npos) width = std::max(width, line.size());
  }
  return width;
}

/// The words with one blank between them.
std::string unwrapped(const std::string& text) {
  return std::regex_replace(text, std::regex("\\s+"), " ");
}

/// It was 114 columns wide, whatever the terminal.
TEST(Help, TakesTheWidthOfTheTerminal) {
  const std::vector<std::vector<std::string>> texts = {
      {"--help"}, {"train", "--help"}, {"bench", "--help"}, {"eval", "--help"}, {"gradcheck", "--help"}};
  for (const std::vector<std::string>& arguments : texts) {
    const std::string plain = minnow(arguments).out;
    EXPECT_LE(widest(plain), 80u) << "where there is no terminal";
    for (const std::size_t columns : {40u, 71u, 72u, 100u, 114u}) {
      const std::string text = minnow(arguments, {.environment = {{"COLUMNS", std::to_string(columns)}}}).out;
      EXPECT_LE(widest(text), columns);
      EXPECT_EQ(unwrapped(text), unwrapped(plain));
    }
  }
  const std::vector<std::string> train = {"train", "--help"};
  const auto width = [&](const std::string& columns) {
    return widest(minnow(train, {.environment = {{"COLUMNS", columns}}}).out);
  };
  EXPECT_GT(width("114"), 100u);
  EXPECT_LE(width("400"), 114u) << "no wider than is read with ease";
  for (const char* nonsense : {"", "0", "-5", "wide", "80x"}) EXPECT_EQ(width(nonsense), width("80")) << nonsense;
}

TEST(Help, TellsRangesDefaultsAndNames) {
  const std::string text = unwrapped(minnow({"train", "--help"}).out);
  EXPECT_TRUE(contains(text, "--epochs N"));
  EXPECT_TRUE(contains(text, "(from 1 to 1000000000; default 10)"));
  EXPECT_TRUE(contains(text, "-c, --config FILE"));
  EXPECT_TRUE(contains(text, "optimizer.beta2"));
}

TEST(Help, WithoutArgumentsIsAUsageError) {
  const Outcome outcome = minnow({});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(contains(outcome.err, "Usage: minnow COMMAND"));
}

/// "unknown option "--help"; did you mean "--help"?"
TEST(Help, OfHelpIsHelp) {
  const std::string text = minnow({"--help"}).out;
  for (const char* word : {"help", "--help", "-h"}) EXPECT_EQ(minnow({"help", word}).out, text);
}

TEST(Help, VersionSaysHowItWasBuilt) {
  for (const char* spelling : {"--version", "-V", "version"}) {
    const Outcome outcome = minnow({spelling});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_TRUE(outcome.out.starts_with("minnow ")) << outcome.out;
    EXPECT_TRUE(contains(outcome.out, "CUDA"));
  }
}

TEST(Help, TheManualHoldsTheTableOfOptions) {
  const std::string manual = repository_text("docs/cli.md");
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
