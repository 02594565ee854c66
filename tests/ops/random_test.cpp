// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/math/philox.hpp"
#include "tests/ops/op_test.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;
using kernels::Distribution;
using kernels::Purpose;

class RandomTest : public OpTest {};
INSTANTIATE_TEST_SUITE_P(Backends, RandomTest, testing::ValuesIn(backend_cases()), backend_case_name);

struct Draw {
  int models, rows, cols;
  Distribution distribution;
  std::vector<std::uint64_t> seeds;

  Draw(Shape s, Distribution d) : models(s.models), rows(s.rows), cols(s.cols), distribution(d) {
    for (int m = 0; m < models; ++m) seeds.push_back(0x123456789ABCDEFu + static_cast<std::uint64_t>(m) * 77);
  }
  Draw model(int m) const {
    Draw one = *this;
    one.models = 1;
    one.seeds = part(seeds, m, models);
    return one;
  }
};

Doubles run(Backend& backend, const Draw& in) {
  GuardedReals x(backend, in.models, in.rows, in.cols);
  backend.random(x, in.distribution, in.seeds, Purpose::weights, 2);
  return x.values();
}

Doubles expected(const Draw& in) {
  Doubles result;
  const auto purpose = static_cast<std::uint32_t>(Purpose::weights);
  const Distribution d = in.distribution;
  for (std::uint64_t seed : in.seeds) {
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(in.rows) * static_cast<std::uint64_t>(in.cols); ++i) {
      const float value = d.kind == Distribution::Kind::normal
                              ? math::fma(math::random_normal(seed, purpose, 2, 0, i), d.b, d.a)
                              : math::to_uniform(math::random_bits(seed, purpose, 2, 0, i), d.a, d.b);
      result.push_back(static_cast<double>(value));
    }
  }
  return result;
}

TEST_P(RandomTest, SameFloatsOnEveryBackend) {
  for (Shape shape : {Shape{1, 1, 1}, {1, 1, 5}, {3, 7, 13}, {1, 784, 128}, {2, 0, 3}, {3, 257, 129}}) {
    for (Distribution d : {Distribution{Distribution::Kind::uniform, -0.3f, 0.7f},
                           Distribution{Distribution::Kind::normal, 1.5f, 0.25f}}) {
      const Draw in(shape, d);
      SCOPED_TRACE(shape.text());
      EXPECT_TRUE(same_bits(run(backend(), in), expected(in)));
      expect_specified_bits(in, run);
    }
  }
}

TEST_P(RandomTest, PurposeAndLayerAreStreamsOfTheirOwn) {
  GuardedReals x(backend(), 1, 1, 64);
  const std::vector<std::uint64_t> seeds{1};
  backend().random(x, {}, seeds, Purpose::weights, 0);
  const Doubles first = x.values();
  backend().random(x, {}, seeds, Purpose::biases, 0);
  EXPECT_NE(x.values(), first);
  backend().random(x, {}, seeds, Purpose::weights, 1);
  EXPECT_NE(x.values(), first);
  backend().random(x, {}, seeds, Purpose::weights, 0);
  EXPECT_EQ(x.values(), first);
}

TEST_P(RandomTest, RefusesTheWrongNumberOfSeeds) {
  const GuardedReals x(backend(), 2, 1, 3);
  const std::vector<std::uint64_t> one{1};
  expect_refused([&] { backend().random(x, {}, one, Purpose::weights, 0); }, {"random", "1 seeds for 2 models"});
}

TEST_P(RandomTest, FillWritesEveryElementOfEveryModel) {
  for (int rows : lengths()) {
    for (int cols : lengths()) {
      GuardedReals x(backend(), 3, rows, cols);
      backend().fill(x, -1.25);
      EXPECT_EQ(x.values(), Doubles(Shape{3, rows, cols}.size(), -1.25)) << Shape{3, rows, cols}.text();
    }
  }
  GuardedReals large(backend(), 2, 700, 801);
  backend().fill(large, 0.5);
  EXPECT_EQ(large.values(), Doubles(2 * 700 * 801, 0.5));
}

/// The order of an epoch, sorted here by the keys themselves.
std::vector<std::uint32_t> sorted_by_keys(std::uint32_t n, std::uint64_t seed, std::uint32_t epoch) {
  std::vector<std::uint32_t> order(n), keys(n);
  std::iota(order.begin(), order.end(), 0u);
  for (std::uint32_t i = 0; i < n; ++i) {
    keys[i] = math::random_bits(seed, static_cast<std::uint32_t>(Purpose::order), 0, epoch, i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t i, std::uint32_t j) { return keys[i] < keys[j]; });
  return order;
}

TEST_P(RandomTest, ShuffleIsTheStableArgsortOfItsKeys) {
  const std::vector<std::uint64_t> seeds{1, 2, 0xFFFFFFFFFFFFFFFFu};
  for (std::uint32_t n : {0u, 1u, 2u, 255u, 1000u, 60000u}) {
    for (std::uint32_t epoch : {0u, 7u}) {
      const GuardedArray<std::uint32_t> order(backend(), std::vector<std::uint32_t>(3 * n, 0xDEADu));
      backend().shuffle(order.data(), n, seeds, epoch);
      std::vector<std::uint32_t> expected;
      for (std::uint64_t seed : seeds) append(expected, sorted_by_keys(n, seed, epoch));
      EXPECT_TRUE(order.values() == expected) << n << " rows, epoch " << epoch;
    }
  }
}

}  // namespace
}  // namespace minnow::test
