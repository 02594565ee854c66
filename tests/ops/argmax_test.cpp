// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;

class ArgmaxTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, ArgmaxTest, testing::ValuesIn(backend_cases()), backend_case_name);

Labels argmax(Backend& backend, Shape shape, const Floats& values) {
  const GuardedReals x(backend, shape.models, shape.rows, shape.cols, values);
  const GuardedArray<std::int32_t> indices(backend, Labels(static_cast<std::size_t>(shape.models * shape.rows), -7));
  backend.argmax({indices.data(), shape.rows}, x);
  return indices.values();
}

TEST_P(ArgmaxTest, FirstOfEquals) {
  EXPECT_EQ(argmax(backend(), {1, 4, 3}, {1, 3, 3, 2, 2, 2, -1, -5, -1, 0, 0, 9}), (Labels{1, 0, 0, 2}));
}

TEST_P(ArgmaxTest, EveryShape) {
  for (int rows : lengths()) {
    for (int cols : lengths()) {
      if (cols == 0) continue;
      const Shape shape{cols % 3 == 1 ? 3 : 1, rows, cols};
      Floats values = draw(shape.size(), 9);
      for (float& x : values) x = static_cast<float>(static_cast<int>(x * 4));  // many equals
      Labels expected;
      for (auto row = values.begin(); row != values.end(); row += cols) {
        expected.push_back(static_cast<std::int32_t>(std::max_element(row, row + cols) - row));
      }
      EXPECT_EQ(argmax(backend(), shape, values), expected) << shape.text();
    }
  }
}

TEST_P(ArgmaxTest, RefusesRowsWithoutColumns) {
  const GuardedReals x(backend(), 1, 2, 0);
  const GuardedArray<std::int32_t> indices(backend(), {0, 0});
  expect_refused([&] { backend().argmax({indices.data(), 2}, x); }, {"argmax", "no columns"});
  const GuardedReals fits(backend(), 1, 2, 3);
  expect_refused([&] { backend().argmax({}, fits); }, {"argmax", "indices"});
}

}  // namespace
}  // namespace minnow::test
