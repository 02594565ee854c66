// SPDX-License-Identifier: Apache-2.0
#include "kernels/math/philox.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace minnow::math {
namespace {

struct KnownAnswer {
  PhiloxWords counter;
  std::uint64_t key;
  PhiloxWords answer;
};

// Random123's known-answer vectors for philox4x32, 10 rounds; the key's first word is its low one.
constexpr KnownAnswer known_answers[] = {
    {{{0, 0, 0, 0}}, 0, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
    {{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}},
     0xffffffffffffffff,
     {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
    {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
     0x299f31d0a4093822,
     {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}},
};

TEST(Philox, KnownAnswers) {
  for (const KnownAnswer& known : known_answers) {
    const PhiloxWords found = philox4x32_10(known.counter, known.key);
    for (int w = 0; w < 4; ++w) EXPECT_EQ(found.word[w], known.answer.word[w]);
  }
}

TEST(Philox, AnElementIsOneWordOfItsBlock) {
  constexpr std::uint64_t seed = 0x0123456789abcdef;
  for (const std::uint64_t element :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{6}, std::uint64_t{4000003}, (std::uint64_t{1} << 34) - 1}) {
    const PhiloxWords counter = {{static_cast<std::uint32_t>(element / 4), 9, 2, 4}};  // block, step, layer, purpose
    EXPECT_EQ(random_bits(seed, 4, 2, 9, element), philox4x32_10(counter, seed).word[element % 4]);
  }
}

TEST(Philox, EveryCoordinateMatters) {
  const std::uint32_t bits = random_bits(5, 1, 2, 3, 8);
  EXPECT_NE(random_bits(6, 1, 2, 3, 8), bits);
  EXPECT_NE(random_bits(5 + (std::uint64_t{1} << 32), 1, 2, 3, 8), bits);
  EXPECT_NE(random_bits(5, 2, 2, 3, 8), bits);
  EXPECT_NE(random_bits(5, 1, 3, 3, 8), bits);
  EXPECT_NE(random_bits(5, 1, 2, 4, 8), bits);
  EXPECT_NE(random_bits(5, 1, 2, 3, 9), bits);
  EXPECT_NE(random_bits(5, 1, 2, 3, 12), bits);
}

TEST(Philox, UniformReachesItsEndsAndNotOne) {
  EXPECT_EQ(to_uniform(0), 0.0f);
  EXPECT_EQ(to_uniform(0xff), 0.0f);
  EXPECT_EQ(to_uniform(0xffffffff), 1.0f - 0x1p-24f);
  EXPECT_EQ(to_uniform(0x80000000), 0.5f);
  EXPECT_EQ(to_uniform(0, -0.25f, 0.75f), -0.25f);
  EXPECT_EQ(to_uniform(0x80000000, -0.25f, 0.75f), 0.25f);
}

TEST(Philox, UniformFillsItsBinsEvenly) {
  constexpr int count = 1 << 18, bins = 64;
  std::vector<int> histogram(bins);
  for (int i = 0; i < count; ++i) {
    const float u = to_uniform(random_bits(1, 6, 0, 0, static_cast<std::uint64_t>(i)));
    ++histogram[static_cast<std::size_t>(u * bins)];
  }
  double chi_square = 0;
  for (const int n : histogram) chi_square += std::pow(n - count / bins, 2) / (count / bins);
  // 63 degrees of freedom: mean 63, standard deviation 11.2.
  EXPECT_TRUE(chi_square > 63 - 5 * 11.2 && chi_square < 63 + 5 * 11.2) << chi_square;
}

TEST(Philox, NormalHasTheMomentsOfItsDistribution) {
  constexpr int count = 1 << 18;
  double sum = 0, squares = 0, fourths = 0, neighbors = 0, previous = 0;
  for (int i = 0; i < count; ++i) {
    const double x = random_normal(1, 1, 0, 0, static_cast<std::uint64_t>(i));
    sum += x;
    squares += x * x;
    fourths += x * x * x * x;
    neighbors += x * previous;
    previous = x;
  }
  // Five standard deviations of each mean: 1, sqrt 2, sqrt 96 and 1 over sqrt count.
  const double unit = 5 / std::sqrt(static_cast<double>(count));
  EXPECT_TRUE(std::abs(sum / count) < unit) << sum / count;
  EXPECT_TRUE(std::abs(squares / count - 1) < unit * std::sqrt(2)) << squares / count;
  EXPECT_TRUE(std::abs(fourths / count - 3) < unit * std::sqrt(96)) << fourths / count;
  EXPECT_TRUE(std::abs(neighbors / count) < unit) << neighbors / count;
}

TEST(Philox, NormalIsFiniteAtTheEndsOfItsIntegers) {
  for (const std::uint32_t a : {0u, 1u, 0xffu, 0x100u, 0x7fffffffu, 0x80000000u, 0xffffff00u, 0xffffffffu}) {
    for (const std::uint32_t b : {0u, 0x40000000u, 0x80000000u, 0xc0000000u, 0xffffffffu}) {
      const NormalPair pair = to_normal_pair(a, b);
      EXPECT_TRUE(std::abs(pair.first) < 5.8f && std::abs(pair.second) < 5.8f) << a << ' ' << b;
    }
  }
  EXPECT_GT(to_normal_pair(0, 0).first, 5.7f);
  EXPECT_EQ(to_normal_pair(0xffffffff, 0).first, 0.0f);
}

}  // namespace
}  // namespace minnow::math
