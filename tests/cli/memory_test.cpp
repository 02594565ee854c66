// SPDX-License-Identifier: Apache-2.0
/// Commands that run out of memory at any moment: they say so, and never abort.
#include <algorithm>
#include <climits>
#include <csignal>

#include "tests/cli/harness.hpp"
#include "tests/support/memory_faults.hpp"

#ifdef MINNOW_MEMORY_FAULTS  // a sanitizer has its own allocator

namespace minnow::test {
namespace {

constexpr unsigned long most_tries = 120;  // of one command, evenly spread over its allocations

struct Case {
  const char* name;
  std::vector<std::string> arguments;
};

std::string name_of(const testing::TestParamInfo<Case>& instance) {
  return instance.param.name;
}

class OutOfMemory : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const std::vector<std::string> small = {"--hidden", "4", "--max-steps", "2", "--threads", "1"};
    ASSERT_EQ(minnow(quick_training(folder_, small)).code, 0);
    arguments_ = GetParam().arguments;
    if (arguments_.front() == "train") {
      arguments_ = quick_training(folder_, small);
      arguments_.insert(arguments_.end(), {"--overwrite", "--set", "checkpoint.top=2", "--json"});
    } else if (arguments_.front() != "doctor") {
      arguments_.insert(arguments_.begin() + 1, folder_ / "blobs");
    }
    ASSERT_EQ(minnow(arguments_, {.environment = without_memory(0, 0, folder_ / "count")}).code, 0);
    allocations_ = std::stoul(read_text(folder_ / "count"));
    ASSERT_GT(allocations_, 100u);
  }
  unsigned long stride() const { return std::max(1ul, allocations_ / most_tries); }

  const TemporaryFolder folder_;
  std::vector<std::string> arguments_;
  unsigned long allocations_ = 0;
};

/// a9641de aborted in 56 of 1,050: a destructor of the JSON library needs memory. What is written may be tried again,
/// so that a run can go on.
TEST_P(OutOfMemory, OnceIsSaidOrBorne) {
  for (unsigned long k = 1; k <= allocations_; k += stride()) {
    const Outcome outcome = minnow(arguments_, {.environment = without_memory(k, k)});
    EXPECT_TRUE(outcome.code == 0 || outcome.code == 8) << "allocation " << k << ": " << outcome.code << outcome.err;
    if (outcome.code == 0) continue;
    EXPECT_TRUE(contains(outcome.err, "minnow: error: ")) << "allocation " << k;
  }
}

/// a9641de aborted: its message needed memory.
TEST_P(OutOfMemory, FromThenOnIsSaid) {
  for (unsigned long k = 1; k <= allocations_; k += stride()) {
    const Outcome outcome = minnow(arguments_, {.environment = without_memory(k, ULONG_MAX)});
    if (outcome.code == 0) {  // standard output does without its buffer, the last that is asked for
      EXPECT_TRUE(outcome.out.ends_with('\n')) << "allocation " << k;
      continue;
    }
    EXPECT_EQ(outcome.code, 8) << "allocation " << k << ": " << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "minnow: error: ")) << "allocation " << k;
  }
}

INSTANTIATE_TEST_SUITE_P(Commands, OutOfMemory,
                         testing::Values(Case{"train", {"train"}}, Case{"inspect", {"inspect", "--json"}},
                                         Case{"eval", {"eval", "--threads", "1"}},
                                         Case{"doctor", {"doctor", "--json"}}),
                         name_of);

}  // namespace
}  // namespace minnow::test

#endif
