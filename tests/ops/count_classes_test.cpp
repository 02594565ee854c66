// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;
using kernels::ClassCounts;
using kernels::ScoredRow;
using kernels::StepState;
using Counts = std::vector<std::uint32_t>;

class CountClassesTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, CountClassesTest, testing::ValuesIn(backend_cases()), backend_case_name);

ClassCounts layout(int cols, int k = 1, float boundary = 0.5f) {
  return {.classes = std::max(cols, 2), .k = k, .boundary = boundary};
}

/// What one call adds to counts of zero.
Counts count(Backend& backend, ClassCounts counts, Shape shape, const Floats& outputs, const Labels& labels) {
  const GuardedReals x(backend, shape.models, shape.rows, shape.cols, outputs);
  const GuardedArray<std::int32_t> wanted(backend, labels);
  const GuardedArray<std::uint32_t> values(
      backend, Counts(static_cast<std::size_t>(shape.models) * static_cast<std::size_t>(counts.size())));
  counts.values = values.data();
  backend.count_classes(counts, x, {wanted.data(), shape.rows}, nullptr);
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
  backend().count_classes(counts, x, {labels.data(), 2}, nullptr);
  const Counts after = values.values();
  EXPECT_EQ(after, (Counts{7, 7, 8, 8, 8}));
}

/// Three models, three batches of an epoch of 41 rows, the last one short: every row's score stands at its position.
TEST_P(CountClassesTest, ScoresOfTwoClassesAreKeptInTheEpochsOrder) {
  constexpr int models = 3, epoch = 41, batch = 17;
  for (const int cols : {1, 2}) {
    for (const bool logits : {true, false}) {
      const ScoredRow poison{-77, -77};
      const GuardedArray<ScoredRow> scores(backend(), std::vector<ScoredRow>(models * epoch, poison));
      std::vector<ScoredRow> wanted(models * epoch, poison);
      ClassCounts counts = layout(cols);
      const GuardedArray<std::uint32_t> values(backend(), Counts(models * static_cast<std::size_t>(counts.size())));
      counts.values = values.data();
      counts.scores = scores.data();
      counts.capacity = epoch;
      counts.logits = logits;
      for (int first = 0; first < epoch; first += batch) {
        const int rows = std::min(batch, epoch - first);
        const Shape shape{models, rows, cols};
        const Floats outputs = quarters(shape.size(), static_cast<std::uint64_t>(first) + 3);
        const Labels labels = draw_labels(static_cast<std::size_t>(models * rows), 2, 8);
        const GuardedReals x(backend(), models, rows, cols, outputs);
        const GuardedArray<std::int32_t> given(backend(), labels);
        const GuardedArray<StepState> state(backend(), {{.step = 5, .cursor = static_cast<std::uint32_t>(first)}});
        backend().count_classes(counts, x, {given.data(), rows}, state.data());
        for (int m = 0; m < models; ++m) {
          for (int r = 0; r < rows; ++r) {
            const auto row = static_cast<std::size_t>(m * rows + r);
            const float* y = outputs.data() + row * static_cast<std::size_t>(cols);
            const float score = cols == 1 ? y[0] : logits ? y[1] - y[0] : y[1];
            wanted[static_cast<std::size_t>(m * epoch + first + r)] = {score, labels[row]};
          }
        }
        EXPECT_EQ(scores.values(), wanted) << cols << " columns, from row " << first;
      }
    }
  }
}

TEST_P(CountClassesTest, RefusesWhatDoesNotFit) {
  const GuardedReals x(backend(), 1, 2, 3);
  const GuardedArray<std::int32_t> labels(backend(), {0, 0});
  const GuardedArray<std::uint32_t> values(backend(), Counts(10));
  ClassCounts counts = layout(3);
  const char* op = "count_classes";
  expect_refused([&] { backend().count_classes(counts, x, {labels.data(), 2}, nullptr); }, {op, "counts"});
  counts.values = values.data();
  expect_refused([&] { backend().count_classes(counts, x, {}, nullptr); }, {op, "labels"});
  counts.k = 0;
  expect_refused([&] { backend().count_classes(counts, x, {labels.data(), 2}, nullptr); }, {op, "k is 0"});
  counts.k = 1;
  const GuardedReals nothing(backend(), 1, 2, 0);
  expect_refused([&] { backend().count_classes(counts, nothing, {labels.data(), 2}, nullptr); }, {op, "no columns"});
  counts.classes = 4;
  expect_refused(
      [&] {
        backend().count_classes(counts, x, {labels.data(), 2}, nullptr);
      },
      {op, "4 classes for 3 outputs"});
  counts.classes = 3;
  const GuardedArray<ScoredRow> scores(backend(), std::vector<ScoredRow>(2));
  counts.scores = scores.data();
  expect_refused([&] { backend().count_classes(counts, x, {labels.data(), 2}, nullptr); }, {op, "scores", "not of 3"});
}

}  // namespace
}  // namespace minnow::test
