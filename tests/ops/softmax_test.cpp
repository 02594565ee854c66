// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;

class SoftmaxTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, SoftmaxTest, testing::ValuesIn(backend_cases()), backend_case_name);

struct Rows {
  int models, rows, cols;
  Floats logits;
  bool in_place = false;

  explicit Rows(Shape s) : models(s.models), rows(s.rows), cols(s.cols), logits(draw(s.size(), 8, -9, 9)) {}
  Rows model(int m) const {
    Rows one = *this;
    one.models = 1;
    one.logits = part(logits, m, models);
    return one;
  }
};

Doubles run(Backend& backend, const Rows& in) {
  GuardedReals logits(backend, in.models, in.rows, in.cols, in.logits), p(backend, in.models, in.rows, in.cols);
  backend.softmax(in.in_place ? logits : p, logits);
  return in.in_place ? logits.values() : p.values();
}

/// x - max is rounded, |x - max| <= 18, which moves exp by 18 u relatively; exp and the quotient have a few roundings
/// of their own, and the sum of positive weights is off by at most (C - 1) u relatively.
Doubles limits(const Doubles& probabilities, int classes, double roundoff) {
  Doubles result;
  for (double p : probabilities) result.push_back(p * (2 * 18 + 2 * 2 + 1 + classes) * roundoff + 1e-37);
  return result;
}

TEST_P(SoftmaxTest, KnownProbabilities) {
  Rows in({1, 2, 2});
  in.logits = {0, 0, 1000, 1000};
  EXPECT_EQ(run(backend(), in), (Doubles{0.5, 0.5, 0.5, 0.5}));
}

TEST_P(SoftmaxTest, AgreesWithTheReference) {
  for (Shape shape : {Shape{1, 1, 1},
                      {1, 64, 10},
                      {3, 17, 10},
                      {1, 5, 127},
                      {1, 5, 128},
                      {1, 5, 129},
                      {3, 16, 257},
                      {1, 19, 1000},
                      {1, 0, 10},
                      {2, 15, 3},
                      {1, 3, 16385}}) {
    Rows in(shape);
    SCOPED_TRACE(shape.text());
    const Doubles expected = run(reference(), in);
    EXPECT_TRUE(within(run(backend(), in), expected, limits(expected, shape.cols, roundoff())));
    expect_specified_bits(in, run);
    in.in_place = true;
    EXPECT_TRUE(within(run(backend(), in), expected, limits(expected, shape.cols, roundoff())));
    expect_specified_bits(in, run);
  }
}

TEST_P(SoftmaxTest, SurvivesHugeAndInfiniteLogits) {
  Rows in({1, 2, 3});
  const float infinity = std::numeric_limits<float>::infinity();
  in.logits = {3e38f, -3e38f, 3e38f, 0, -infinity, 0};
  EXPECT_EQ(run(backend(), in), (Doubles{0.5, 0, 0.5, 0.5, 0, 0.5}));
}

TEST_P(SoftmaxTest, RefusesShapesThatDoNotFit) {
  const GuardedReals p(backend(), 1, 2, 3), logits(backend(), 1, 2, 4);
  expect_refused([&] { backend().softmax(p, logits); }, {"softmax", "p is [1, 2, 3], expected [1, 2, 4]"});
}

}  // namespace
}  // namespace minnow::test
