// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;
using kernels::ClassCounts;
using Counts = std::vector<std::uint32_t>;

class CountClassesTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, CountClassesTest, testing::ValuesIn(backend_cases()), backend_case_name);

ClassCounts layout(int cols, int k = 1, float boundary = 0.5f) {
  return {nullptr, std::max(cols, 2), k, boundary};
}

/// What one call adds to counts of zero.
Counts count(Backend& backend, ClassCounts counts, Shape shape, const Floats& outputs, const Labels& labels) {
  const GuardedReals x(backend, shape.models, shape.rows, shape.cols, outputs);
  const GuardedArray<std::int32_t> wanted(backend, labels);
  const GuardedArray<std::uint32_t> values(
      backend, Counts(static_cast<std::size_t>(shape.models) * static_cast<std::size_t>(counts.size())));
  counts.values = values.data();
  backend.count_classes(counts, x, {wanted.data(), shape.rows});
  return values.values();
}

/// The textbook, row by row.
Counts expected(const ClassCounts& counts, Shape shape, const Floats& outputs, const Labels& labels) {
  Counts all;
  for (int m = 0; m < shape.models; ++m) {
    Counts one(static_cast<std::size_t>(counts.size()));
    const auto add = [&](std::int64_t at) { ++one[static_cast<std::size_t>(at)]; };
    for (int r = 0; r < shape.rows; ++r) {
      const auto row = static_cast<std::size_t>(m * shape.rows + r);
      const float* x = outputs.data() + row * static_cast<std::size_t>(shape.cols);
      const int label = labels[row];
      int predicted = static_cast<int>(std::max_element(x, x + shape.cols) - x);
      auto above = std::count_if(x, x + shape.cols, [&](float y) { return shape.cols > 1 && y > x[label]; });
      if (shape.cols == 1) {
        predicted = x[0] > counts.boundary ? 1 : 0;
        above = predicted != label ? 1 : 0;
      }
      add(counts.confusion(label, predicted));
      if (above < counts.k) add(counts.top());
      const float score = shape.cols == 1 ? x[0] : counts.logits ? x[1] - x[0] : x[1];
      if (counts.classes == 2) add(counts.score(label, math::score_bin(score)));
    }
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

/// Multiples of 1/4: many equals, and differences that float and double agree on.
Floats quarters(std::size_t count, std::uint64_t seed) {
  Floats values = draw(count, seed);
  for (float& x : values) x = std::round(x * 4) / 4;
  return values;
}

TEST_P(CountClassesTest, FirstOfEqualsIsPredicted) {
  const Counts counts = count(backend(), layout(3), {1, 4, 3}, {1, 3, 3, 2, 2, 2, -1, -5, -1, 0, 0, 9}, {1, 2, 0, 2});
  EXPECT_EQ(counts, (Counts{1, 0, 0, 0, 1, 0, 1, 0, 1, 4})) << "no output is above the label's, in each row";
}

TEST_P(CountClassesTest, EveryShape) {
  for (const int rows : lengths()) {
    for (const int cols : lengths()) {
      if (cols == 0) continue;
      const Shape shape{cols % 3 == 1 ? 3 : 1, rows, cols};
      const Floats outputs = quarters(shape.size(), 9);
      const Labels labels = draw_labels(static_cast<std::size_t>(shape.models * rows), std::max(cols, 2), 8);
      for (const int k : {1, 5}) {
        ClassCounts counts = layout(cols, k, 0.25f);
        counts.logits = k == 1;
        EXPECT_EQ(count(backend(), counts, shape, outputs, labels), expected(counts, shape, outputs, labels))
            << shape.text();
      }
    }
  }
}

TEST_P(CountClassesTest, NanIsNoHit) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const ClassCounts counts = layout(3, 2);
  const Counts found = count(backend(), counts, {1, 3, 3}, {nan, nan, nan, 1, nan, 2, nan, 3, 2}, {0, 0, 2});
  EXPECT_EQ(found[static_cast<std::size_t>(counts.top())], 0u) << "two of three outputs may be above each label's";
}

TEST_P(CountClassesTest, AddsToWhatIsThere) {
  const GuardedReals x(backend(), 1, 2, 2, Floats{0, 1, 5, 1});
  const GuardedArray<std::int32_t> labels(backend(), {1, 1});
  ClassCounts counts = layout(2);
  const GuardedArray<std::uint32_t> values(backend(), Counts(static_cast<std::size_t>(counts.size()), 7));
  counts.values = values.data();
  backend().count_classes(counts, x, {labels.data(), 2});
  const Counts after = values.values();
  EXPECT_EQ((Counts{after.begin(), after.begin() + 5}), (Counts{7, 7, 8, 8, 8}));
  EXPECT_EQ(after[static_cast<std::size_t>(counts.score(1, math::score_bin(1)))], 8u);
  EXPECT_EQ(after[static_cast<std::size_t>(counts.score(1, math::score_bin(-4)))], 8u);
}

TEST(ScoreBins, AscendWithTheScore) {
  int last = -1;
  for (const float score : {-std::numeric_limits<float>::infinity(), -1e30f, -1.0f, -0.5f, -1e-30f, 0.0f, 1e-30f, 0.5f,
                            1.0f, 1e30f, std::numeric_limits<float>::infinity()}) {
    const int bin = math::score_bin(score);
    EXPECT_GT(bin, last) << score;
    EXPECT_LT(bin, math::score_bins);
    last = bin;
  }
  EXPECT_EQ(math::score_bin(-0.0f), math::score_bin(0.0f));
  EXPECT_EQ(math::score_bin(1.1f), math::score_bin(1.0f));
  EXPECT_NE(math::score_bin(1.125f), math::score_bin(1.0f));
}

TEST_P(CountClassesTest, RefusesWhatDoesNotFit) {
  const GuardedReals x(backend(), 1, 2, 3);
  const GuardedArray<std::int32_t> labels(backend(), {0, 0});
  const GuardedArray<std::uint32_t> values(backend(), Counts(10));
  ClassCounts counts = layout(3);
  const char* op = "count_classes";
  expect_refused([&] { backend().count_classes(counts, x, {labels.data(), 2}); }, {op, "counts"});
  counts.values = values.data();
  expect_refused([&] { backend().count_classes(counts, x, {}); }, {op, "labels"});
  counts.k = 0;
  expect_refused([&] { backend().count_classes(counts, x, {labels.data(), 2}); }, {op, "k is 0"});
  counts.k = 1;
  const GuardedReals nothing(backend(), 1, 2, 0);
  expect_refused([&] { backend().count_classes(counts, nothing, {labels.data(), 2}); }, {op, "no columns"});
  counts.classes = 4;
  expect_refused([&] { backend().count_classes(counts, x, {labels.data(), 2}); }, {op, "4 classes for 3 outputs"});
}

}  // namespace
}  // namespace minnow::test
