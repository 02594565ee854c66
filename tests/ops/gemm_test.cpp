// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;

class GemmTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, GemmTest, testing::ValuesIn(backend_cases()), backend_case_name);

struct Product {
  int models, rows, cols, depth;
  bool transpose_a, transpose_b;
  Floats a, b;

  Product(int m, int r, int c, int d, bool ta, bool tb)
      : models(m), rows(r), cols(c), depth(d), transpose_a(ta), transpose_b(tb) {
    a = draw(static_cast<std::size_t>(m) * r * d, 1);
    b = draw(static_cast<std::size_t>(m) * d * c, 2);
  }
  Product model(int m) const {
    Product one = *this;
    one.models = 1;
    one.a = part(a, m, models);
    one.b = part(b, m, models);
    return one;
  }
  std::string text() const {
    return Shape{models, rows, cols}.text() + " depth " + std::to_string(depth) + (transpose_a ? " T" : " N") +
           (transpose_b ? "T" : "N");
  }
};

Doubles run(Backend& backend, const Product& p) {
  const GuardedReals a(backend, p.models, p.transpose_a ? p.depth : p.rows, p.transpose_a ? p.rows : p.depth, p.a);
  const GuardedReals b(backend, p.models, p.transpose_b ? p.cols : p.depth, p.transpose_b ? p.depth : p.cols, p.b);
  GuardedReals c(backend, p.models, p.rows, p.cols);
  backend.gemm(c, a, p.transpose_a, b, p.transpose_b);
  return c.values();
}

/// gamma_k |A||B| (Higham, section 3.5).
Doubles limits(Backend& reference, Product p, double roundoff) {
  for (float& x : p.a) x = std::abs(x);
  for (float& x : p.b) x = std::abs(x);
  Doubles result = run(reference, p);
  for (double& magnitude : result) magnitude = sum_bound(p.depth, magnitude, roundoff);
  return result;
}

TEST_P(GemmTest, KnownProductInEveryOrientation) {
  // [1 2 3; 4 5 6] [7 8; 9 10; 11 12]
  const Floats a{1, 2, 3, 4, 5, 6}, a_transposed{1, 4, 2, 5, 3, 6};
  const Floats b{7, 8, 9, 10, 11, 12}, b_transposed{7, 9, 11, 8, 10, 12};
  for (bool ta : {false, true}) {
    for (bool tb : {false, true}) {
      Product p(1, 2, 2, 3, ta, tb);
      p.a = ta ? a_transposed : a;
      p.b = tb ? b_transposed : b;
      EXPECT_EQ(run(backend(), p), (Doubles{58, 64, 139, 154})) << p.text();
    }
  }
}

TEST_P(GemmTest, AgreesWithTheReference) {
  for (bool ta : {false, true}) {
    for (bool tb : {false, true}) {
      for (int models : {1, 3}) {
        for (const auto& [rows, cols, depth] : {std::array{1, 1, 1},
                                                {2, 3, 5},
                                                {7, 13, 17},
                                                {64, 10, 33},
                                                {33, 16, 129},
                                                {5, 64, 257},
                                                {31, 7, 784},
                                                {70, 90, 105},  // more than a part
                                                {1, 128, 64},
                                                {128, 1, 31}}) {
          const Product p(models, rows, cols, depth, ta, tb);
          SCOPED_TRACE(p.text());
          EXPECT_TRUE(within(run(backend(), p), run(reference(), p), limits(reference(), p, roundoff())));
          expect_specified_bits(p, run);
        }
      }
    }
  }
}

TEST_P(GemmTest, SumsOfEveryNumberOfChunks) {
  for (int depth : {127, 128, 129, 255, 256, 257, 16383, 16384, 16385, 32769}) {
    const Product p(1, 2, 3, depth, false, false);
    SCOPED_TRACE(p.text());
    EXPECT_TRUE(within(run(backend(), p), run(reference(), p), limits(reference(), p, roundoff())));
    expect_specified_bits(p, run);
  }
}

TEST_P(GemmTest, EmptyMatrices) {
  EXPECT_TRUE(run(backend(), Product(1, 0, 3, 4, false, false)).empty());
  EXPECT_TRUE(run(backend(), Product(1, 3, 0, 4, false, true)).empty());
  EXPECT_EQ(run(backend(), Product(1, 2, 2, 0, false, false)), (Doubles{0, 0, 0, 0})) << "an empty sum is 0";
}

TEST_P(GemmTest, ModelsMayShareAnOperand) {
  const Product p(3, 5, 7, 11, false, false);
  const Floats shared = part(p.a, 0, 3);
  const GuardedReals a(backend(), 1, p.rows, p.depth, shared), b(backend(), 3, p.depth, p.cols, p.b);
  kernels::View repeated = a.view();
  repeated.models = 3;
  repeated.stride = 0;
  GuardedReals c(backend(), 3, p.rows, p.cols);
  backend().gemm(c, repeated, false, b, false);
  Product copied = p;
  copied.a.clear();
  for (int m = 0; m < 3; ++m) append(copied.a, shared);
  EXPECT_TRUE(same_bits(c.values(), run(backend(), copied)));
}

TEST_P(GemmTest, RefusesShapesThatDoNotFit) {
  const GuardedReals a(backend(), 1, 2, 3), b(backend(), 1, 4, 5), c(backend(), 1, 2, 5);
  expect_refused([&] { backend().gemm(c, a, false, b, false); }, {"gemm", "b is [1, 4, 5], expected [1, 3, 5]"});
  const GuardedReals narrow(backend(), 1, 2, 4), fits(backend(), 1, 3, 5);
  expect_refused([&] { backend().gemm(narrow, a, false, fits, false); },
                 {"gemm", "b is [1, 3, 5], expected [1, 3, 4]"});
  expect_refused([&] { backend().gemm(c, a, true, fits, false); }, {"gemm", "a is [1, 2, 3], expected [1, 2, 2]"});
  kernels::View overlapping = GuardedReals(backend(), 2, 2, 5).view();
  overlapping.stride = 0;
  const GuardedReals two_a(backend(), 2, 2, 3), two_b(backend(), 2, 3, 5);
  expect_refused([&] { backend().gemm(overlapping, two_a, false, two_b, false); }, {"gemm", "c is written", "overlap"});
  kernels::View nothing = c.view();
  nothing.base = nullptr;
  expect_refused([&] { backend().gemm(nothing, a, false, fits, false); }, {"gemm", "c is no matrix"});
}

}  // namespace
}  // namespace minnow::test
