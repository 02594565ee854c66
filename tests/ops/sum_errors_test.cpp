// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;
using kernels::ErrorSum;

class SumErrorsTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, SumErrorsTest, testing::ValuesIn(backend_cases()), backend_case_name);

struct Batch {
  int models, rows, cols;
  Floats y, targets;
  Head head = Head::none;

  explicit Batch(Shape s)
      : models(s.models), rows(s.rows), cols(s.cols), y(draw(s.size(), 20)), targets(draw(s.size(), 21, 0, 1)) {}
  Batch model(int m) const {
    Batch one = *this;
    one.models = 1;
    one.y = part(y, m, models);
    one.targets = part(targets, m, models);
    return one;
  }
};

/// Absolute and squared errors of each output, model after model, added to `start`.
Doubles run(Backend& backend, const Batch& in, ErrorSum start) {
  const GuardedReals y(backend, in.models, in.rows, in.cols, in.y);
  const GuardedReals targets(backend, in.models, in.rows, in.cols, in.targets);
  const GuardedArray<ErrorSum> sums(
      backend, std::vector<ErrorSum>(static_cast<std::size_t>(in.models) * static_cast<std::size_t>(in.cols), start));
  backend.sum_errors(sums.data(), y, targets, in.head);
  Doubles all;
  for (const ErrorSum& sum : sums.values()) append(all, Doubles{sum.absolute, sum.squared});
  return all;
}
Doubles run_from_zero(Backend& backend, const Batch& in) {
  return run(backend, in, {});
}

TEST_P(SumErrorsTest, KnownSums) {
  Batch in({1, 2, 2});
  in.y = {1, 2, 3, 4};
  in.targets = {0, 2, 5, 3};
  EXPECT_EQ(run(backend(), in, {10, 20}), (Doubles{13, 25, 11, 21}));
}

/// |y - t| < 3: each of the B terms has a few roundings, and the sum up to B more.
TEST_P(SumErrorsTest, AgreesWithTheReference) {
  for (const Shape shape : {Shape{1, 0, 3}, {1, 1, 1}, {3, 33, 10}, {2, 129, 7}, {1, 300, 65}, {1, 16385, 2}}) {
    for (const Head head : {Head::none, Head::sigmoid}) {
      Batch in(shape);
      in.head = head;
      SCOPED_TRACE(shape.text());
      EXPECT_TRUE(within(run_from_zero(backend(), in), run_from_zero(reference(), in),
                         (shape.rows + 20.0) * roundoff() * 9 * shape.rows));
      expect_specified_bits(in, run_from_zero);
    }
  }
}

TEST_P(SumErrorsTest, RefusesWhatDoesNotFit) {
  const GuardedReals y(backend(), 1, 2, 3), other(backend(), 1, 3, 2);
  const GuardedArray<ErrorSum> sums(backend(), std::vector<ErrorSum>(3));
  expect_refused([&] { backend().sum_errors(sums.data(), y, other, Head::none); }, {"sum_errors", "targets is"});
  expect_refused([&] { backend().sum_errors(sums.data(), y, y, Head::softmax); }, {"sum_errors", "softmax"});
  expect_refused([&] { backend().sum_errors(nullptr, y, y, Head::none); }, {"sum_errors", "sums"});
}

}  // namespace
}  // namespace minnow::test
