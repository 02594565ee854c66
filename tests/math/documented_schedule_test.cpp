// SPDX-License-Identifier: Apache-2.0
/// The example of docs/adding-a-schedule.md, compiled as it stands there, and what docs/schedules.md lists.
#include <gtest/gtest.h>

#include "kernels/math/schedule.hpp"
#include "tests/support/repository.hpp"

#define inverse_sqrt plateau  // the enumerator that the document adds; here another one stands in its place

namespace minnow::math::documented {
namespace {

#include "documented_schedule.inc"

TEST(DocumentedSchedule, HalvesAfterThreePeriods) {
  StepSchedule schedule;
  schedule.period = 10;
  EXPECT_EQ(InverseSqrt::rate(schedule, 0.5f, {0, 1, 0}), 0.5f);
  EXPECT_EQ(InverseSqrt::rate(schedule, 0.5f, {30, 1, 1}), 0.25f);
}

TEST(ScheduleDocumentation, HasARowForEveryKind) {
  const std::string page = test::repository_text("docs/schedules.md");
  for (int k = 0; k < schedule_count; ++k) {
    visit(static_cast<ScheduleKind>(k), [&]<class Rule>(Rule) {
      const std::size_t row = page.find("\n| `" + std::string(Rule::names[0]) + "` | ");
      ASSERT_NE(row, page.npos) << Rule::names[0];
      const std::string line = page.substr(row + 1, page.find('\n', row + 1) - row);
      for (const std::string_view name : Rule::names)
        EXPECT_NE(line.find("`" + std::string(name) + "`"), line.npos) << name;
    });
  }
}

}  // namespace
}  // namespace minnow::math::documented
