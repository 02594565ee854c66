// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "minnow/dataset.hpp"
#include "minnow/error.hpp"
#include "src/data/glyphs.hpp"
#include "src/data/random_sequence.hpp"
#include "tests/support/files.hpp"

namespace minnow {
namespace {

using test::expect_error;

/// The first 1,000 images, every bit, on every compiler, at every optimization level, for every instruction set.
TEST(Digits, AreTheSameBitsEverywhere) {
  EXPECT_EQ(make_digits(1000, 1).fingerprint(), 0xc1392870abdf060cull);
}

TEST(Digits, RowDependsOnSeedAndIndexAlone) {
  const Dataset few = make_digits(30, 7), many = make_digits(50, 7), other = make_digits(30, 8);
  EXPECT_TRUE(std::ranges::equal(few.bytes(), many.bytes().first(few.bytes().size())));
  for (int row = 0; row < 30; ++row) {
    const auto image = [row](const Dataset& data) {
      return data.bytes().subspan(static_cast<std::size_t>(row) * 784, 784);
    };
    EXPECT_FALSE(std::ranges::equal(image(few), image(other))) << "row " << row;
  }
}

TEST(Digits, AreInkOnDarkGroundWithBalancedLabels) {
  const Dataset data = make_digits(500, 2);
  EXPECT_EQ(data.features(), 784);
  EXPECT_EQ(data.classes(), 10);
  EXPECT_EQ(data.scale(), 1.0f / 255);
  for (int row = 0; row < data.rows(); ++row) {
    EXPECT_EQ(data.labels()[static_cast<std::size_t>(row)], row % 10);
    const auto image = data.bytes().subspan(static_cast<std::size_t>(row) * 784, 784);
    const auto bright = std::ranges::count_if(image, [](std::uint8_t value) { return value >= 100; });
    EXPECT_GE(bright, 15) << "row " << row;
    EXPECT_LE(bright, 300) << "row " << row;
    // The stroke stays off the rim: no digit is cut in half by the image's border.
    int rim = 0;
    for (std::size_t i = 0; i < 28; ++i) {
      for (const std::size_t pixel : {i, 27 * 28 + i, i * 28, i * 28 + 27}) rim += image[pixel] >= 100;
    }
    EXPECT_LE(rim, 20) << "row " << row;
  }
}

TEST(Digits, GlyphsFitWhatDrawsThem) {
  for (int digit = 0; digit < 10; ++digit) {
    EXPECT_GE(engine::glyphs(digit).size(), 3u);
    for (const engine::Glyph glyph : engine::glyphs(digit)) {
      for (const engine::GlyphStroke stroke : glyph) {
        EXPECT_GE(stroke.size(), 2u);
        EXPECT_LE(stroke.size(), engine::longest_stroke);
      }
    }
  }
}

TEST(Digits, RefuseNoRows) {
  expect_error<UsageError>([] { make_digits(0, 1); }, {"0 rows"});
  expect_error<UsageError>([] { make_digits(-3, 1); }, {"-3 rows"});
}

TEST(Digits, RefuseMoreThanTheMemory) {
  expect_error<MemoryError>([] { make_digits(std::numeric_limits<int>::max(), 1); }, {"make_digits", "GB"});
}

TEST(Blobs, HaveUnitVarianceAroundTheirCenters) {
  constexpr int rows = 20000, features = 3, classes = 2;
  const Dataset data = make_blobs(rows, features, classes, 10, 5);
  double distance = 0;
  for (int feature = 0; feature < features; ++feature) {
    std::vector<double> means(classes), squares(classes);
    for (int row = 0; row < rows; ++row) {
      const double value = data.floats()[static_cast<std::size_t>(row * features + feature)];
      const auto label = static_cast<std::size_t>(data.labels()[static_cast<std::size_t>(row)]);
      means[label] += value / (rows / classes);
      squares[label] += value * value / (rows / classes);
    }
    for (std::size_t label = 0; label < classes; ++label) {
      // The variance of n normal values has the standard deviation sqrt(2 / n) = 0.014; 5 of them.
      EXPECT_NEAR(squares[label] - means[label] * means[label], 1, 0.07);
    }
    distance += std::abs(means[0] - means[1]);
  }
  EXPECT_GT(distance, 5);  // centers of standard deviation 10 are this near with probability below 1/1000
}

TEST(Blobs, AreTheSameBitsEverywhere) {
  EXPECT_EQ(make_blobs(1000, 5, 3, 2, 1).fingerprint(), 0x4b7295ab05936890ull);
}

TEST(Blobs, RefuseWhatCannotBeDrawn) {
  expect_error<UsageError>([] { make_blobs(0, 2, 2, 1, 1); }, {"0 rows"});
  expect_error<UsageError>([] { make_blobs(5, 0, 2, 1, 1); }, {"0 features"});
  expect_error<UsageError>([] { make_blobs(5, 2, 0, 1, 1); }, {"0 classes"});
  expect_error<UsageError>([] { make_blobs(5, 2, 2, std::nanf(""), 1); }, {"nan"});
}

TEST(Blobs, RefuseMoreThanTheMemory) {
  expect_error<MemoryError>([] { make_blobs(std::numeric_limits<int>::max(), 100000, 10, 1, 1); }, {"make_blobs"});
}

TEST(RandomSequence, IsPhiloxInOrder) {
  engine::RandomSequence sequence(11, engine::SyntheticStream::digit_noise, 5);
  for (std::uint64_t element = 0; element < 10; ++element) {
    EXPECT_EQ(sequence.bits(),
              math::random_bits(11, static_cast<std::uint32_t>(kernels::Purpose::synthetic),
                                static_cast<std::uint32_t>(engine::SyntheticStream::digit_noise), 5, element));
  }
}

TEST(RandomSequence, BelowReachesEveryValueEvenly) {
  engine::RandomSequence sequence(1, engine::SyntheticStream::digit_shape, 0);
  std::vector<int> counts(7);
  for (int i = 0; i < 7000; ++i) ++counts.at(static_cast<std::size_t>(sequence.below(7)));
  for (const int count : counts) EXPECT_NEAR(count, 1000, 150);  // 5 standard deviations
}

}  // namespace
}  // namespace minnow
