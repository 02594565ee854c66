// SPDX-License-Identifier: Apache-2.0
/// What a training shows on a terminal.
#include <algorithm>
#include <csignal>
#include <sstream>

#include "tests/cli/harness.hpp"

namespace minnow::test {
namespace {

/// What a training of 1000 epochs writes to a terminal of so many columns, until a bar has told `text` and the first
/// epoch has ended.
std::string shown_on(const std::string& columns, const std::string& text, const std::vector<std::string>& more = {}) {
  const TemporaryFolder folder;
  std::vector<std::string> arguments = long_training(folder);
  arguments.insert(arguments.end(), more.begin(), more.end());
  Process process(arguments,
                  {.environment = {{"COLUMNS", columns}, {"NO_COLOR", "1"}, {"TERM", "xterm"}}, .terminal = true});
  EXPECT_TRUE(process.wait_for_error(text)) << text;
  EXPECT_TRUE(process.wait_for_error("train loss"));
  process.send(SIGINT);
  return process.finish().err;
}

/// Lines of epochs, and bars, as they stand on the terminal.
std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\r' || c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  std::erase_if(lines, [](const std::string& line) { return !line.starts_with("epoch"); });
  return lines;
}

/// Epoch lines took 112 columns, and the bar told neither loss nor time.
TEST(Progress, FitsIntoTheTerminal) {
  for (const std::size_t columns : {40u, 60u, 80u}) {
    const std::vector<std::string> lines = lines_in(shown_on(std::to_string(columns), " left"));
    ASSERT_GE(lines.size(), 2u);
    for (const std::string& line : lines) EXPECT_LE(line.size(), columns) << line;
  }
}

TEST(Progress, TheBarTellsLossAndTimeLeft) {
  const std::string text = shown_on("80", " left");
  const std::vector<std::string> lines = lines_in(text);
  const auto bar = std::ranges::find_if(lines, [](const std::string& line) { return line.find(" left") != line.npos; });
  ASSERT_NE(bar, lines.end());
  EXPECT_TRUE(contains(*bar, "%  loss "));
  EXPECT_TRUE(contains(*bar, "/1000 ["));
  const std::size_t at = bar->find("loss ");
  const double loss = std::stod(bar->substr(at + 5));
  EXPECT_GT(loss, 0);
  EXPECT_LT(loss, 10) << "of ten classes";
}

TEST(Progress, ALimitBoundsWhatIsLeft) {
  for (const std::vector<std::string>& limit :
       std::vector<std::vector<std::string>>{{"--time-limit", "60"}, {"--max-steps", "20000", "--epochs", "1000000"}}) {
    for (const std::string& line : lines_in(shown_on("80", " left", limit))) {
      if (line.find(" left") == std::string::npos) continue;
      EXPECT_EQ(line.find(" h "), std::string::npos) << line;
      EXPECT_EQ(line.find(" min "), std::string::npos) << line;
    }
  }
}

TEST(Progress, AFileGetsTheWholeLine) {
  const TemporaryFolder folder;
  const std::string text = minnow(quick_training(folder), {.environment = {{"COLUMNS", "40"}}}).err;
  std::istringstream lines(text);
  int epochs = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("epoch")) continue;
    ++epochs;
    for (const char* part : {"train loss ", " acc ", "val loss ", "  lr ", " samples/s"}) {
      EXPECT_TRUE(contains(line, part));
    }
  }
  EXPECT_EQ(epochs, 2);
}

}  // namespace
}  // namespace minnow::test
