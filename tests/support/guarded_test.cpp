// SPDX-License-Identifier: Apache-2.0
#include "tests/support/guarded.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace minnow::test {
namespace {

/// Writes one scalar and gives back what was there.
double exchange(double* place, double value) {
  const double before = *place;
  *place = value;
  return before;
}

TEST(GuardedReals, StartPoisoned) {
  const auto backend = kernels::make_reference_backend();
  const GuardedReals x(*backend, 2, 3, 4);
  const std::vector<double> values = x.values();
  ASSERT_EQ(values.size(), 24u);
  for (double value : values) EXPECT_TRUE(std::isnan(value));
}

TEST(GuardedReals, NoticeAWriteBeforeBetweenAndAfterTheModels) {
  const auto backend = kernels::make_reference_backend();
  GuardedReals x(*backend, 2, 3, 4);
  EXPECT_TRUE(x.intact());
  double* const first = x.view().data<double>(0);
  double* const second = x.view().data<double>(1);
  for (double* outside : {first - 1, first + 12, second - 1, second + 12, first - GuardedReals::guard}) {
    const double before = exchange(outside, 0);
    EXPECT_FALSE(x.intact());
    exchange(outside, before);
    EXPECT_TRUE(x.intact());
  }
  for (int i = 0; i < 12; ++i) first[i] = second[i] = 1;
  EXPECT_TRUE(x.intact());
}

TEST(GuardedArray, NoticesAWriteOnEitherSide) {
  const auto backend = kernels::make_reference_backend();
  const GuardedArray<std::int32_t> x(*backend, {1, 2, 3});
  for (std::int32_t* outside : {x.data() - 1, x.data() + 3}) {
    const std::int32_t before = *outside;
    *outside = 0;
    EXPECT_FALSE(x.intact());
    *outside = before;
    EXPECT_TRUE(x.intact());
  }
  EXPECT_EQ(x.values(), (std::vector<std::int32_t>{1, 2, 3}));
}

}  // namespace
}  // namespace minnow::test
