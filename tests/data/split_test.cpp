// SPDX-License-Identifier: Apache-2.0
/// Rows that are drawn for validation.
#include "src/data/split.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "minnow/error.hpp"
#include "tests/support/files.hpp"

namespace minnow {
namespace {

using test::expect_error;
using Rows = std::vector<std::uint32_t>;

/// Row r has the features r and 2 r, label `labels[r]`, weight r + 1/2.
Dataset rows_of(std::vector<std::int32_t> labels, int classes) {
  std::vector<float> values, weights;
  for (std::size_t r = 0; r < labels.size(); ++r) {
    values.insert(values.end(), {static_cast<float>(r), static_cast<float>(2 * r)});
    weights.push_back(static_cast<float>(r) + 0.5f);
  }
  Dataset data = Dataset::from_floats("rows", std::move(values), 2, std::move(labels), classes);
  data.set_weights(std::move(weights));
  return data;
}

std::vector<std::int32_t> sorted_labels(int classes, int each) {
  std::vector<std::int32_t> labels;
  for (int c = 0; c < classes; ++c) labels.insert(labels.end(), static_cast<std::size_t>(each), c);
  return labels;
}

std::vector<int> support(std::span<const std::int32_t> labels, int classes) {
  std::vector<int> counts(static_cast<std::size_t>(classes));
  for (const std::int32_t label : labels) ++counts[static_cast<std::size_t>(label)];
  return counts;
}

/// The rows of a part, by their first feature; everything else of a row must have come along.
Rows rows_in(const Dataset& part, const std::vector<std::int32_t>& labels) {
  Rows rows;
  for (std::size_t i = 0; i < static_cast<std::size_t>(part.rows()); ++i) {
    const float row = part.floats()[2 * i];
    rows.push_back(static_cast<std::uint32_t>(row));
    EXPECT_EQ(part.floats()[2 * i + 1], 2 * row);
    EXPECT_EQ(part.weights()[i], row + 0.5f);
    EXPECT_EQ(part.labels()[i], labels[rows.back()]);
  }
  return rows;
}

TEST(Split, EachClassGivesItsShareAndNoRowIsLost) {
  const std::vector<std::int32_t> labels = sorted_labels(5, 20);
  for (const std::uint64_t seed : {1, 2, 77}) {
    Dataset train = rows_of(labels, 5);
    const Dataset part = train.split(25, seed);
    EXPECT_EQ(part.rows(), 25);
    EXPECT_EQ(train.rows(), 75);
    EXPECT_EQ(support(part.labels(), 5), std::vector<int>(5, 5));
    Rows drawn = rows_in(part, labels), kept = rows_in(train, labels), all(100);
    EXPECT_TRUE(std::ranges::is_sorted(drawn) && std::ranges::is_sorted(kept)) << "both keep their order";
    drawn.insert(drawn.end(), kept.begin(), kept.end());
    std::ranges::sort(drawn);
    std::iota(all.begin(), all.end(), 0u);
    EXPECT_EQ(drawn, all);
    EXPECT_EQ(train.classes(), 5);
    EXPECT_EQ(part.name(), "rows");
  }
}

/// The rows are a function of the seed alone, on every machine.
TEST(Split, TheSeedDecides) {
  const std::vector<std::int32_t> labels = sorted_labels(2, 10);
  EXPECT_EQ(engine::drawn_rows(labels, 20, 6, 1), engine::drawn_rows(labels, 20, 6, 1));
  std::set<Rows> choices;
  std::vector<int> times(20);
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Rows rows = engine::drawn_rows(labels, 20, 6, seed);
    choices.insert(rows);
    for (const std::uint32_t row : rows) ++times[row];
  }
  EXPECT_GT(choices.size(), 390u) << "of 14,400";
  // Each row is drawn 120 times in the mean, with a standard deviation of 9.2; 6 of them are beyond chance.
  for (const int count : times) EXPECT_NEAR(count, 120, 55);
  EXPECT_EQ(engine::drawn_rows(labels, 20, 6, 1), (Rows{1, 5, 7, 10, 11, 18}));
}

TEST(Split, WithoutStrataAnyRowMayBeDrawn) {
  const std::vector<std::int32_t> labels = sorted_labels(5, 20);
  std::set<std::vector<int>> supports;
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    Dataset train = rows_of(labels, 5);
    supports.insert(support(train.split(25, seed, false).labels(), 5));
  }
  EXPECT_GT(supports.size(), 1u);
  Dataset targets = Dataset::for_regression("r", {1, 2, 3, 4}, 1, {10, 11, 20, 21, 30, 31, 40, 41}, 2);
  const Dataset part = targets.split(1, 1);
  EXPECT_EQ(part.targets()[0], 10 * part.floats()[0]);
  EXPECT_EQ(part.targets()[1], 10 * part.floats()[0] + 1);
  EXPECT_EQ(targets.targets().size(), 6u);
}

TEST(Split, BytesMoveAsTheyAre) {
  std::vector<std::uint8_t> values(30);
  std::iota(values.begin(), values.end(), std::uint8_t{0});
  Dataset train = Dataset::from_bytes("b", values, 3, {0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, 2, 0.5f, -1);
  const Dataset part = train.split(4, 3);
  std::vector<std::uint8_t> all(train.bytes().begin(), train.bytes().end());
  for (const Dataset* one : std::initializer_list<const Dataset*>{&part, &train}) {
    for (std::size_t i = 0; i < one->bytes().size(); i += 3) {
      EXPECT_EQ(one->bytes()[i] % 3, 0);
      EXPECT_EQ(one->bytes()[i + 1], one->bytes()[i] + 1);
      EXPECT_EQ(one->labels()[i / 3], one->bytes()[i] / 3 % 2);
    }
  }
  all.insert(all.end(), part.bytes().begin(), part.bytes().end());
  std::ranges::sort(all);
  EXPECT_EQ(all, values);
  EXPECT_EQ(part.scale(), 0.5f);
  EXPECT_EQ(part.shift(), -1);
}

TEST(Split, AClassKeepsARowIfItCan) {
  const std::vector<std::int32_t> labels = {0, 1, 1, 1, 2, 2, 2};
  for (const int count : {1, 2, 3, 4}) {
    Dataset train = rows_of(labels, 3);
    EXPECT_EQ(train.split(count, 5).rows(), count);
    EXPECT_TRUE(std::ranges::all_of(support(train.labels(), 3), [](int n) { return n > 0; })) << count;
  }
  for (const int count : {5, 6}) {
    Dataset train = rows_of(labels, 3);
    EXPECT_EQ(train.split(count, 5).rows(), count);
    EXPECT_EQ(train.rows(), 7 - count);
  }
  Dataset none = rows_of(labels, 3);
  EXPECT_EQ(none.split(0, 5).rows(), 0);
  EXPECT_EQ(none.rows(), 7);
  for (const int count : {-1, 7, 8}) {
    expect_error<DataError>([&] { none.split(count, 5); }, {"'rows'", "cannot split off", "of 7 rows"});
  }
}

TEST(Portion, IsACountOrAShare) {
  EXPECT_EQ(Portion(100).of(50), 100);
  EXPECT_EQ(Portion(0).of(50), 0);
  EXPECT_EQ(Portion(0.2).of(60000), 12000);
  EXPECT_EQ(Portion(0.25).of(10), 3) << "2.5, rounded away from 0";
  EXPECT_EQ(Portion(0.01).of(4), 1) << "a share is at least one row";
  EXPECT_EQ(Portion(1).of(9), 1) << "a whole number counts rows";
  for (const double share : {1.0, 1.5, -0.5}) expect_error<UsageError>([&] { Portion(share).of(9); }, {"share"});
}

TEST(MissingClasses, AreThoseThatOnlyTheOtherHas) {
  const Dataset train = rows_of({0, 0, 3}, 5), other = rows_of({4, 1, 4, 0}, 5);
  EXPECT_EQ(missing_classes(train, other), (std::vector<int>{1, 4}));
  EXPECT_EQ(missing_classes(other, train), std::vector<int>{3});
  EXPECT_EQ(missing_classes(train, Dataset()), std::vector<int>{});
  EXPECT_EQ(missing_classes(rows_of({0}, 1), rows_of({2}, 3)), std::vector<int>{2});
}

}  // namespace
}  // namespace minnow
