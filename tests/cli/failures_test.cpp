// SPDX-License-Identifier: Apache-2.0
#include "src/cli/failures.hpp"

#include <gtest/gtest.h>

namespace minnow::cli {
namespace {

void fail(Failures& failures, const std::string& what, const std::string& message) {
  EXPECT_FALSE(failures.attempt(what, [&] { throw DataError(message); }));
}

TEST(FailureList, NamesEightThingsAndCountsTheOthers) {
  Failures failures;
  EXPECT_EQ(failures.message(), "");
  EXPECT_EQ(failures.error(), nullptr);
  for (int i = 1; i <= 8; ++i) fail(failures, std::to_string(i), "disk full");
  EXPECT_EQ(failures.message(), "disk full; also missing: 2, 3, 4, 5, 6, 7, 8");
  fail(failures, "9", "never said");
  EXPECT_EQ(failures.message(), "disk full; also missing: 2, 3, 4, 5, 6, 7, 8 and 1 more");
}

TEST(FailureList, KeepsTheLastMessageOfEachThingUntilItSucceeds) {
  Failures failures;
  fail(failures, "run.json", "disk full");
  fail(failures, "metrics.csv", "broken");
  fail(failures, "run.json", "no permission");
  EXPECT_EQ(failures.message(), "no permission; also missing: metrics.csv");
  EXPECT_TRUE(failures.attempt("run.json", [] {}));
  EXPECT_EQ(failures.message(), "broken");
  EXPECT_EQ(category_of(failures.error()), ErrorCategory::data);
}

}  // namespace
}  // namespace minnow::cli
