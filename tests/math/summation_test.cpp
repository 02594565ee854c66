// SPDX-License-Identifier: Apache-2.0
#include "kernels/math/summation.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tests/math/bit_sweep.hpp"

namespace minnow::math {
namespace {

/// Adds parts ascending in groups of 128, starting each group from its first part; once.
std::vector<float> grouped(const std::vector<float>& parts) {
  std::vector<float> groups;
  for (std::size_t first = 0; first < parts.size(); first += 128) {
    float sum = parts[first];
    for (std::size_t i = first + 1; i < parts.size() && i < first + 128; ++i) sum = sum + parts[i];
    groups.push_back(sum);
  }
  return groups;
}

/// The rule as it is written: chunks from +0, then groups of chunks, then the groups.
float by_the_rule(const std::vector<float>& a, const std::vector<float>& b, std::size_t length, bool products) {
  std::vector<float> chunks;
  for (std::size_t first = 0; first < length; first += 128) {
    float sum = 0;
    for (std::size_t i = first; i < length && i < first + 128; ++i) sum = products ? fma(a[i], b[i], sum) : sum + a[i];
    chunks.push_back(sum);
  }
  if (chunks.empty()) return 0;
  std::vector<float> groups = grouped(chunks);
  float sum = groups[0];
  for (std::size_t i = 1; i < groups.size(); ++i) sum = sum + groups[i];
  return sum;
}

TEST(Summation, FollowsTheRuleBitForBit) {
  constexpr std::size_t most = 70000;
  const std::vector<float> a = math_tests::draw(most, 1, 1), b = math_tests::draw(most, 1, 2);
  ChunkedSum<float> sum, products;
  int checked = 0, different_from_one_chain = 0;
  float chain = 0;
  for (std::size_t length = 0; length <= most; ++length) {
    const std::size_t in_chunk = length % 128;
    if (in_chunk <= 1 || in_chunk == 127 || length % 1009 == 0) {
      EXPECT_EQ(bits<std::uint32_t>(sum.result()), bits<std::uint32_t>(by_the_rule(a, b, length, false))) << length;
      EXPECT_EQ(bits<std::uint32_t>(products.result()), bits<std::uint32_t>(by_the_rule(a, b, length, true))) << length;
      different_from_one_chain += sum.result() != chain;
      ++checked;
    }
    if (length == most) break;
    sum.add(a[length]);
    products.add_product(a[length], b[length]);
    chain += a[length];
  }
  EXPECT_GT(checked, 1000);
  EXPECT_GT(different_from_one_chain, checked / 2) << "the data do not tell one order from another";
}

TEST(Summation, SumsOfIntegersAreExact) {
  ChunkedSum<float> sum;
  for (int i = 0; i < 3 * 16384 + 5; ++i) sum.add(1);
  EXPECT_EQ(sum.result(), 3 * 16384 + 5);
}

TEST(Summation, EmptyAndNegativeZeroSumsArePositiveZero) {
  ChunkedSum<float> sum;
  EXPECT_EQ(bits<std::uint32_t>(sum.result()), 0u);
  for (int i = 0; i < 300; ++i) sum.add(-0.0f);
  EXPECT_EQ(bits<std::uint32_t>(sum.result()), 0u);
}

TEST(Summation, ResultLeavesTheSumAsItIs) {
  ChunkedSum<double> once, often;
  for (int i = 0; i < 20000; ++i) {
    once.add(1.0 / (i + 1));
    often.add(1.0 / (i + 1));
    static_cast<void>(often.result());
  }
  EXPECT_EQ(once.result(), often.result());
}

TEST(Summation, LimitsAreThoseOfThreeLevels) {
  EXPECT_EQ(sum_chunk, 128);
  EXPECT_EQ(sum_group, 16384);
  EXPECT_EQ(sum_limit, 2097152);
}

}  // namespace
}  // namespace minnow::math
