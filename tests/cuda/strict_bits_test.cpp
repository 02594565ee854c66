// SPDX-License-Identifier: Apache-2.0
/// Strict CUDA ops against the bits of the CPU on buffers that start at whole 256 bytes (the ops' general tests use odd
/// offsets), and products large and deep enough for every tiling and every level of the summation rule.
#include <gtest/gtest.h>

#include "kernels/math/philox.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/comparer.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;
using kernels::Memory;
using kernels::View;

class StrictBitsTest : public BackendTest {};
INSTANTIATE_TEST_SUITE_P(Backends, StrictBitsTest, testing::ValuesIn(strict_cuda_cases()), backend_case_name);

struct Matrix {
  Memory memory;
  View view;
};

Matrix make(Backend& backend, int models, int rows, int cols) {
  const std::int64_t elements = std::int64_t{rows} * cols;
  Memory memory = backend.allocate(static_cast<std::size_t>(models * elements) * sizeof(float));
  const View view{memory.data(), 0, models, rows, cols, elements};
  return {std::move(memory), view};
}

Matrix drawn(Backend& backend, int models, int rows, int cols, std::uint32_t stream, float scale = 1) {
  Matrix matrix = make(backend, models, rows, cols);
  std::vector<float> values(static_cast<std::size_t>(models) * static_cast<std::size_t>(matrix.view.elements()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = math::to_uniform(math::random_bits(4, stream, 0, 0, i), -scale, scale);
  }
  backend.upload_reals(matrix.view, values);
  return matrix;
}

std::vector<float> values(Backend& backend, const Matrix& matrix) {
  std::vector<float> all(static_cast<std::size_t>(matrix.view.models) *
                         static_cast<std::size_t>(matrix.view.elements()));
  backend.download_reals(all, matrix.view);
  return all;
}

struct Product {
  int models, rows, cols, depth;
  float scale = 1;
};

std::vector<float> multiply(Backend& backend, const Product& p, bool transpose_a, bool transpose_b) {
  const Matrix a = drawn(backend, p.models, transpose_a ? p.depth : p.rows, transpose_a ? p.rows : p.depth, 1, p.scale);
  const Matrix b = drawn(backend, p.models, transpose_b ? p.cols : p.depth, transpose_b ? p.depth : p.cols, 2, p.scale);
  const Matrix c = make(backend, p.models, p.rows, p.cols);
  backend.gemm(c.view, a.view, transpose_a, b.view, transpose_b);
  return values(backend, c);
}

TEST_P(StrictBitsTest, Products) {
  // The last four take the large tiles on a GPU with many multiprocessors, the others on one with few.
  const Product products[] = {{1, 64, 128, 784},       {1, 64, 10, 64},    {1, 784, 12, 64},   {1, 64, 7, 784},
                              {2, 33, 17, 300},        {1, 32, 100, 784},  {1, 256, 256, 16},  {1, 250, 254, 141},
                              {3, 128, 128, 40},       {1, 128, 128, 260}, {1, 5, 3, 20001},   {1, 1, 1, 1},
                              {1, 20, 24, 37, 1e-22f}, {1, 40, 33, 16500}, {132, 128, 126, 9}, {132, 64, 64, 130},
                              {132, 32, 31, 140},      {1, 128, 512, 784}};
  for (const Product& p : products) {
    for (const bool transpose_a : {false, true}) {
      for (const bool transpose_b : {false, true}) {
        SCOPED_TRACE(::testing::Message() << p.models << " of " << p.rows << " x " << p.cols << " x " << p.depth
                                          << (transpose_a ? ", a^T" : "") << (transpose_b ? ", b^T" : ""));
        EXPECT_TRUE(same_bits(multiply(backend(), p, transpose_a, transpose_b),
                              multiply(scalar(), p, transpose_a, transpose_b)));
      }
    }
  }
}

/// Several rounds of chunks in both split tilings of the emulated device and in a whole one, small for ThreadSanitizer.
TEST_P(StrictBitsTest, DeepProducts) {
  for (const Product& p : {Product{1, 5, 3, 2000}, Product{1, 33, 40, 1500}, Product{3, 17, 9, 300}}) {
    EXPECT_TRUE(same_bits(multiply(backend(), p, false, false), multiply(scalar(), p, false, false)));
  }
}

/// More rows than level 2 of the rule covers, and fewer than one chunk.
TEST_P(StrictBitsTest, ColumnSums) {
  for (const int rows : {1, 100, 128, 129, 2000, 16384, 16600}) {
    const auto sums = [rows](Backend& backend) {
      const Matrix x = drawn(backend, 2, rows, 3, 5);
      const Matrix result = make(backend, 2, 1, 3);
      backend.column_sum(result.view, x.view);
      return values(backend, result);
    };
    SCOPED_TRACE(rows);
    EXPECT_TRUE(same_bits(sums(backend()), sums(scalar())));
  }
}

std::vector<float> cross_entropy(Backend& backend, int rows, int classes) {
  const Matrix logits = drawn(backend, 2, rows, classes, 6, 8);
  std::vector<std::int32_t> labels(static_cast<std::size_t>(rows));
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i) % classes;
  const Memory label_memory = backend.allocate(labels.size() * sizeof(std::int32_t));
  backend.upload(label_memory.data(), labels.data(), label_memory.bytes());
  std::vector<kernels::Tally> tallies(2);
  const Memory tally = backend.allocate(2 * sizeof(kernels::Tally));
  backend.upload(tally.data(), tallies.data(), tally.bytes());
  const kernels::RowIntegers<const std::int32_t> shared{label_memory.as<std::int32_t>(), 0};
  backend.softmax_cross_entropy(logits.view, logits.view, {shared, {}}, {}, tally.as<kernels::Tally>(), nullptr);
  backend.download(tallies.data(), tally.data(), tally.bytes());
  std::vector<float> all = values(backend, logits);
  for (const kernels::Tally& t : tallies) {
    all.push_back(static_cast<float>(t.loss));
    all.push_back(static_cast<float>(t.hits));
    EXPECT_EQ(t.rows, static_cast<std::uint64_t>(rows));
  }
  return all;
}

/// One launch, two launches, several chunks of classes, and more rows than level 2 of the rule covers.
TEST_P(StrictBitsTest, CrossEntropy) {
  for (const auto& [rows, classes] : {std::pair{64, 10}, {256, 32}, {257, 32}, {3, 1000}, {20, 1000}, {16500, 2}}) {
    SCOPED_TRACE(::testing::Message() << rows << " x " << classes);
    EXPECT_TRUE(same_bits(cross_entropy(backend(), rows, classes), cross_entropy(scalar(), rows, classes)));
  }
}

TEST_P(StrictBitsTest, Shuffles) {
  const std::vector<std::uint64_t> seeds{1, 0xffffffffffffffffu, 1};
  for (const std::uint32_t n : {1u, 2u, 1000u, 70001u}) {
    const auto order = [&](Backend& backend) {
      std::vector<std::uint32_t> all(seeds.size() * n);
      const Memory memory = backend.allocate(all.size() * sizeof(std::uint32_t));
      backend.shuffle(memory.as<std::uint32_t>(), n, seeds, 7);
      backend.download(all.data(), memory.data(), memory.bytes());
      return all;
    };
    EXPECT_EQ(order(backend()), order(scalar()));
  }
}

/// Seeds travel as kernel arguments, 256 at a time.
TEST_P(StrictBitsTest, RandomValuesOfManyModels) {
  std::vector<std::uint64_t> seeds(600);
  for (std::size_t m = 0; m < seeds.size(); ++m) seeds[m] = m * m;
  for (const auto kind : {kernels::Distribution::Kind::uniform, kernels::Distribution::Kind::normal}) {
    const auto draw = [&](Backend& backend) {
      const Matrix x = make(backend, 600, 2, 6);
      backend.random(x.view, {kind, -1, 2}, seeds, kernels::Purpose::weights, 3);
      return values(backend, x);
    };
    EXPECT_TRUE(same_bits(draw(backend()), draw(scalar())));
  }
}

}  // namespace
}  // namespace minnow::test
