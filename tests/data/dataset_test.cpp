// SPDX-License-Identifier: Apache-2.0
#include <minnow/dataset.hpp>

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <numeric>
#include <utility>

#include "minnow/error.hpp"
#include "tests/support/files.hpp"

namespace minnow {
namespace {

using test::expect_error;

/// 6 rows of 2 features: (0, 1), (2, 3), ...; labels 0, 1, 2, 0, 1, 2.
Dataset small_bytes() {
  std::vector<std::uint8_t> values(12);
  std::iota(values.begin(), values.end(), std::uint8_t{0});
  return Dataset::from_bytes("small", std::move(values), 2, {0, 1, 2, 0, 1, 2}, 3);
}

Dataset small_regression() {
  return Dataset::for_regression("r", {1, 2, 3, 4, 5, 6}, 2, {10, 20, 30, 40, 50, 60}, 2);
}

TEST(Dataset, KeepsWhatItIsGiven) {
  const Dataset data = small_bytes();
  EXPECT_EQ(data.rows(), 6);
  EXPECT_EQ(data.features(), 2);
  EXPECT_EQ(data.classes(), 3);
  EXPECT_EQ(data.target_count(), 0);
  EXPECT_TRUE(data.is_bytes());
  EXPECT_EQ(data.scale(), 1.0f / 255);
  EXPECT_EQ(data.bytes()[11], 11);
  EXPECT_EQ(data.labels()[5], 2);
  EXPECT_EQ(data.memory(), 12u + 6 * sizeof(std::int32_t));
  const Dataset regression = small_regression();
  EXPECT_EQ(regression.classes(), 0);
  EXPECT_EQ(regression.target_count(), 2);
  EXPECT_EQ(regression.rows(), 3);
  EXPECT_EQ(regression.memory(), 12 * sizeof(float));
}

TEST(Dataset, NamesTheRowOfALabelOutOfRange) {
  expect_error<DataError>(
      [] {
        Dataset::from_bytes("d", std::vector<std::uint8_t>(3), 1, {0, 3, 1}, 3);
      },
      {"'d'", "label 3 at row 1", "0 to 2"});
  expect_error<DataError>([] { Dataset::from_floats("d", {1, 2, 3}, 1, {0, 1, -1}, 3); }, {"label -1 at row 2"});
}

TEST(Dataset, RefusesSizesThatDoNotAgree) {
  expect_error<DataError>(
      [] {
        Dataset::from_bytes("d", std::vector<std::uint8_t>(5), 2, {0, 0, 0}, 1);
      },
      {"5 values", "expected 6", "3 labels"});
  expect_error<DataError>([] { Dataset::from_floats("d", {1}, 0, {0}, 1); }, {"0 features"});
  expect_error<DataError>([] { Dataset::from_floats("d", {1}, 1, {0}, 0); }, {"0 classes"});
  expect_error<DataError>([] { Dataset::for_regression("d", {1, 2}, 1, {1, 2, 3}, 2); }, {"3 target values"});
  expect_error<DataError>([] { Dataset::for_regression("d", {1, 2}, 1, {1, 2}, 0); }, {"0 targets"});
  expect_error<DataError>([] { Dataset::for_regression("d", {1, 2, 3}, 1, {1, 2}, 1); }, {"3 values", "expected 2"});
}

TEST(Dataset, RefusesNumbersThatAreNotFinite) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  expect_error<DataError>(
      [=] {
        Dataset::from_floats("d", {1, 2, 3, nan}, 2, {0, 0}, 1);
      },
      {"value NaN at row 1, column 1"});
  expect_error<DataError>(
      [=] {
        Dataset::for_regression("d", {1, 2}, 1, {1, -infinity}, 1);
      },
      {"target infinity at row 1, column 0"});
  expect_error<DataError>([=] { Dataset::from_bytes("d", {1}, 1, {0}, 1, nan); }, {"scale"});
}

TEST(Dataset, SelectsRowsInTheirOrder) {
  const Dataset data = small_bytes();
  const Dataset picked = data.select(std::array<std::uint32_t, 3>{5, 0, 5});
  EXPECT_EQ(picked.rows(), 3);
  EXPECT_EQ(std::vector(picked.bytes().begin(), picked.bytes().end()),
            (std::vector<std::uint8_t>{10, 11, 0, 1, 10, 11}));
  EXPECT_EQ(std::vector(picked.labels().begin(), picked.labels().end()), (std::vector<std::int32_t>{2, 0, 2}));
  EXPECT_EQ(picked.classes(), 3);
  EXPECT_EQ(picked.scale(), data.scale());
  const Dataset targets = small_regression().select(std::array<std::uint32_t, 1>{1});
  EXPECT_EQ(targets.floats()[1], 4);
  EXPECT_EQ(targets.targets()[1], 40);
  expect_error<DataError>([&] { data.select(std::array<std::uint32_t, 2>{0, 6}); }, {"row 6", "6 rows"});
}

TEST(Dataset, SplitsOffItsLastRows) {
  Dataset data = small_bytes();
  const Dataset last = data.split_last(2);
  EXPECT_EQ(data.rows(), 4);
  EXPECT_EQ(last.rows(), 2);
  EXPECT_EQ(data.bytes().size(), 8u);
  EXPECT_EQ(last.bytes()[0], 8);
  EXPECT_EQ(last.labels()[1], 2);
  EXPECT_EQ(last.classes(), 3);
  EXPECT_EQ(data.split_last(0).rows(), 0);
  EXPECT_EQ(data.rows(), 4);
  expect_error<DataError>([&] { data.split_last(4); }, {"4 of 4"});
  expect_error<DataError>([&] { data.split_last(-1); }, {"-1"});
}

TEST(Dataset, WeightsStayWithTheirRows) {
  Dataset data = small_bytes();
  data.set_weights({0, 1, 2, 3, 4, 5});
  const Dataset picked = data.select(std::array<std::uint32_t, 3>{5, 0, 3});
  EXPECT_EQ(std::vector(picked.weights().begin(), picked.weights().end()), (std::vector<float>{5, 0, 3}));
  const Dataset last = data.split_last(2);
  EXPECT_EQ(std::vector(last.weights().begin(), last.weights().end()), (std::vector<float>{4, 5}));
  EXPECT_EQ(std::vector(data.weights().begin(), data.weights().end()), (std::vector<float>{0, 1, 2, 3}));
  EXPECT_TRUE(small_bytes().select(std::array<std::uint32_t, 1>{0}).weights().empty());
}

void expect_empty(const Dataset& data) {
  EXPECT_EQ(data.fingerprint(), Dataset().fingerprint());
  EXPECT_EQ(data.rows(), 0);
  EXPECT_EQ(data.features(), 0);
  EXPECT_EQ(data.classes(), 0);
  EXPECT_EQ(data.target_count(), 0);
  EXPECT_EQ(data.memory(), 0u);
  expect_error<DataError>([&] { data.select(std::array<std::uint32_t, 1>{0}); }, {"row 0", "0 rows"});
}

/// It used to keep its number of rows, which every reader believed.
TEST(Dataset, IsEmptyWhenItWasMovedFrom) {
  Dataset data = small_bytes();
  data.set_weights({0, 1, 2, 3, 4, 5});
  const std::uint64_t whole = data.fingerprint();
  Dataset taken = std::move(data);
  expect_empty(data);
  EXPECT_EQ(taken.fingerprint(), whole);
  Dataset other = small_regression();
  other = std::move(taken);
  expect_empty(taken);
  EXPECT_EQ(other.fingerprint(), whole);
  taken = small_regression();
  EXPECT_EQ(taken.fingerprint(), small_regression().fingerprint()) << "it can be used again";
  Dataset& itself = taken;
  taken = std::move(itself);
  expect_empty(taken);
  Dataset targets = small_regression();
  const Dataset kept = std::move(targets);
  expect_empty(targets);
}

TEST(Dataset, FingerprintTellsEveryChange) {
  const std::uint64_t original = small_bytes().fingerprint();
  EXPECT_EQ(original, small_bytes().fingerprint());
  std::vector<std::uint8_t> values(12);
  std::iota(values.begin(), values.end(), std::uint8_t{0});
  EXPECT_NE(original, Dataset::from_bytes("small", values, 3, {0, 1, 2, 0}, 3).fingerprint());
  EXPECT_NE(original, Dataset::from_bytes("small", values, 2, {0, 1, 2, 0, 1, 1}, 3).fingerprint());
  EXPECT_NE(original, Dataset::from_bytes("small", values, 2, {0, 1, 2, 0, 1, 2}, 4).fingerprint());
  EXPECT_NE(original, Dataset::from_bytes("small", values, 2, {0, 1, 2, 0, 1, 2}, 3, 1).fingerprint());
  values[7] ^= 1;
  EXPECT_NE(original, Dataset::from_bytes("small", values, 2, {0, 1, 2, 0, 1, 2}, 3).fingerprint());
}

}  // namespace
}  // namespace minnow
