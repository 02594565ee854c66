// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "kernels/math/summation.hpp"
#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;

class ColumnSumTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, ColumnSumTest, testing::ValuesIn(backend_cases()), backend_case_name);

struct Matrices {
  int models, rows, cols;
  Floats x;

  Matrices(int m, int r, int c) : models(m), rows(r), cols(c), x(draw(Shape{m, r, c}.size(), 3)) {}
  Matrices model(int m) const {
    Matrices one = *this;
    one.models = 1;
    one.x = part(x, m, models);
    return one;
  }
};

Doubles run(Backend& backend, const Matrices& in) {
  const GuardedReals x(backend, in.models, in.rows, in.cols, in.x);
  GuardedReals sums(backend, in.models, 1, in.cols);
  backend.column_sum(sums, x);
  return sums.values();
}

Doubles limits(Backend& reference, Matrices in, double roundoff) {
  for (float& x : in.x) x = std::abs(x);
  Doubles result = run(reference, in);
  for (double& magnitude : result) magnitude = sum_bound(in.rows, magnitude, roundoff);
  return result;
}

TEST_P(ColumnSumTest, KnownSums) {
  Matrices in(1, 3, 2);
  in.x = {1, 10, 2, 20, 3, 30};
  EXPECT_EQ(run(backend(), in), (Doubles{6, 60}));
}

TEST_P(ColumnSumTest, AgreesWithTheReference) {
  for (int rows : lengths()) {
    for (int cols : lengths()) {
      const Matrices in(rows == 7 ? 3 : 1, rows, cols);
      SCOPED_TRACE(text({in.models, rows, cols}));
      EXPECT_TRUE(within(run(backend(), in), run(reference(), in), limits(reference(), in, roundoff())));
      expect_specified_bits(in, run);
    }
  }
}

TEST_P(ColumnSumTest, SumsInTheSpecifiedOrderAtEveryLevel) {
  for (int rows : {127, 128, 129, 255, 257, 16383, 16384, 16385, 40000}) {
    const Matrices in(1, rows, 3);
    Floats expected;
    for (int c = 0; c < in.cols; ++c) {
      math::ChunkedSum<float> sum;
      for (int r = 0; r < rows; ++r) sum.add(in.x[static_cast<std::size_t>(r * in.cols + c)]);
      expected.push_back(sum.result());
    }
    if (is_float()) {
      EXPECT_TRUE(same_bits(run(backend(), in), widen(expected))) << rows << " rows";
    }
    EXPECT_TRUE(within(run(backend(), in), run(reference(), in), limits(reference(), in, roundoff())));
  }
}

TEST_P(ColumnSumTest, ManyColumnsInManyParts) {
  const Matrices in(3, 65, 2500);
  EXPECT_TRUE(within(run(backend(), in), run(reference(), in), limits(reference(), in, roundoff())));
  expect_specified_bits(in, run);
}

TEST_P(ColumnSumTest, NanAndInfinityReachTheirColumnsAlone) {
  Matrices in(1, 129, 3);
  in.x[64 * 3 + 1] = std::numeric_limits<float>::quiet_NaN();
  in.x[128 * 3 + 2] = std::numeric_limits<float>::infinity();
  const Doubles sums = run(backend(), in);
  EXPECT_TRUE(std::isfinite(sums[0]));
  EXPECT_TRUE(std::isnan(sums[1]));
  EXPECT_EQ(sums[2], std::numeric_limits<double>::infinity());
}

TEST_P(ColumnSumTest, RefusesShapesThatDoNotFit) {
  const GuardedReals x(backend(), 2, 4, 5), sums(backend(), 2, 1, 4), one(backend(), 1, 1, 5);
  expect_refused([&] { backend().column_sum(sums, x); }, {"column_sum", "sums is [2, 1, 4], expected [2, 1, 5]"});
  expect_refused([&] { backend().column_sum(one, x); }, {"column_sum", "sums is [1, 1, 5], expected [2, 1, 5]"});
}

}  // namespace
}  // namespace minnow::test
