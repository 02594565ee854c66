// SPDX-License-Identifier: Apache-2.0
// The product of every instruction set, transposition, stride and split, bit for bit against the rule for sums.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/cpu/dispatch.hpp"
#include "kernels/cpu/thread_pool.hpp"

namespace minnow::kernels::cpu {
namespace {

/// Floats that end where an inaccessible page begins, so that a read or write past the end faults.
class GuardedFloats {
 public:
  explicit GuardedFloats(std::size_t count) : count_(count) {
    const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    bytes_ = (count * sizeof(float) + page - 1) / page * page + 2 * page;
    void* base = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) throw std::runtime_error("mmap failed");
    base_ = static_cast<char*>(base);
    if (mprotect(base_ + bytes_ - page, page, PROT_NONE) != 0) throw std::runtime_error("mprotect failed");
    data_ = reinterpret_cast<float*>(base_ + bytes_ - page) - count;
    std::fill(data_ - guard_words, data_ + count, std::numeric_limits<float>::quiet_NaN());
  }
  ~GuardedFloats() { munmap(base_, bytes_); }
  GuardedFloats(const GuardedFloats&) = delete;
  GuardedFloats& operator=(const GuardedFloats&) = delete;

  float* data() { return data_; }
  float& operator[](std::size_t i) { return data_[i]; }
  std::size_t size() const { return count_; }
  bool guard_is_intact() const {
    return std::all_of(data_ - guard_words, data_, [](float x) { return std::isnan(x); });
  }

 private:
  static constexpr std::ptrdiff_t guard_words = 64;
  std::size_t count_, bytes_;
  char* base_;
  float* data_;
};

struct Shape {
  std::size_t models, rows, cols, depth;
  std::string text() const {
    return std::to_string(models) + " x " + std::to_string(rows) + " x " + std::to_string(cols) + " x " +
           std::to_string(depth);
  }
};

/// Element i of the sum is a(i) * b(i): the rule, as a loop over the length.
template <class A, class B>
float sum_by_rule(std::size_t length, A a, B b) {
  float total = 0.0F, group = 0.0F, chunk = 0.0F;
  for (std::size_t i = 0; i < length; ++i) {
    chunk = std::fma(a(i), b(i), i % 128 == 0 ? 0.0F : chunk);
    const bool last = i + 1 == length;
    if (i % 128 == 127 || last) group = i % 16384 < 128 ? chunk : group + chunk;
    if (i % 16384 == 16383 || last) total = i < 16384 ? group : total + group;
  }
  return total;
}

/// Logical operands a[M, rows, depth], b[M, depth, cols] and the product c[M, rows, cols] by the rule.
struct Problem {
  Shape shape;
  std::vector<float> a, b, c;

  explicit Problem(const Shape& s) : Problem(s, [](std::vector<float>&, std::vector<float>&) {}) {}
  /// `change(a, b)` of normal draws.
  template <class Change>
  Problem(const Shape& s, Change change) : shape(s) {
    std::mt19937 engine(static_cast<std::uint32_t>(s.rows * 131 + s.cols * 17 + s.depth));
    std::normal_distribution<float> normal;
    a.resize(s.models * s.rows * s.depth);
    b.resize(s.models * s.depth * s.cols);
    for (float& x : a) x = normal(engine);
    for (float& x : b) x = normal(engine);
    change(a, b);
    for (std::size_t m = 0; m < s.models; ++m) {
      for (std::size_t r = 0; r < s.rows; ++r) {
        for (std::size_t col = 0; col < s.cols; ++col) {
          c.push_back(sum_by_rule(
              s.depth, [&](std::size_t k) { return a[(m * s.rows + r) * s.depth + k]; },
              [&](std::size_t k) { return b[(m * s.depth + k) * s.cols + col]; }));
        }
      }
    }
  }
};

/// A stored operand: [models, rows, cols] transposed or not, with `gap` unused floats after each row and model.
struct Stored {
  std::size_t stored_rows, stored_cols, leading, stride;
  bool transposed;
  GuardedFloats values;

  Stored(std::size_t models, std::size_t rows, std::size_t cols, bool transpose, std::size_t gap)
      : stored_rows(transpose ? cols : rows),
        stored_cols(transpose ? rows : cols),
        leading(stored_cols + gap),
        stride(stored_rows * leading + gap),
        transposed(transpose),
        values(models == 0 || stored_rows == 0 ? 0
                                               : (models - 1) * stride + (stored_rows - 1) * leading + stored_cols) {}

  float& at(std::size_t m, std::size_t r, std::size_t c) {
    return values[m * stride + (transposed ? c * leading + r : r * leading + c)];
  }
  void fill(const std::vector<float>& from, std::size_t models, std::size_t rows, std::size_t cols) {
    for (std::size_t m = 0; m < models; ++m) {
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < cols; ++c) at(m, r, c) = from[(m * rows + r) * cols + c];
      }
    }
  }
};

/// Bits of c that differ from the expected product, and floats written outside it.
std::size_t count_differences(Stored& c, const Problem& problem) {
  const Shape& s = problem.shape;
  std::size_t wrong = c.values.guard_is_intact() ? 0 : 1;
  for (std::size_t m = 0; m < s.models; ++m) {
    for (std::size_t r = 0; r < s.rows; ++r) {
      for (std::size_t col = 0; col < s.cols; ++col) {
        float& value = c.at(m, r, col);
        const float expected = problem.c[(m * s.rows + r) * s.cols + col];
        const bool both_nan = std::isnan(value) && std::isnan(expected) && s.depth > 0;
        if (!both_nan && std::bit_cast<std::uint32_t>(value) != std::bit_cast<std::uint32_t>(expected)) ++wrong;
        value = std::numeric_limits<float>::quiet_NaN();
      }
    }
  }
  for (std::size_t i = 0; i < c.values.size(); ++i) wrong += std::isnan(c.values[i]) ? 0 : 1;
  return wrong;
}

std::vector<Isa> supported_isas() {
  std::vector<Isa> found;
  for (Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    if (is_supported(isa)) found.push_back(isa);
  }
  return found;
}

void expect_rule(const Problem& problem, std::size_t gap, std::size_t parts) {
  const Shape& s = problem.shape;
  for (int form = 0; form < 4; ++form) {
    const bool transpose_a = (form & 1) != 0, transpose_b = (form & 2) != 0;
    Stored a(s.models, s.rows, s.depth, transpose_a, gap), b(s.models, s.depth, s.cols, transpose_b, gap);
    Stored c(s.models, s.rows, s.cols, false, gap);
    a.fill(problem.a, s.models, s.rows, s.depth);
    b.fill(problem.b, s.models, s.depth, s.cols);
    const GemmArguments arguments{.models = s.models,
                                  .rows = s.rows,
                                  .cols = s.cols,
                                  .depth = s.depth,
                                  .transpose_a = transpose_a,
                                  .transpose_b = transpose_b,
                                  .a = a.values.data(),
                                  .lda = a.leading,
                                  .stride_a = a.stride,
                                  .b = b.values.data(),
                                  .ldb = b.leading,
                                  .stride_b = b.stride,
                                  .c = c.values.data(),
                                  .ldc = c.leading,
                                  .stride_c = c.stride};
    for (Isa isa : supported_isas()) {
      for (std::size_t part = 0; part < parts; ++part) kernels_for(isa).gemm(arguments, part, parts);
      EXPECT_EQ(count_differences(c, problem), 0U)
          << s.text() << (transpose_a ? " T" : " N") << (transpose_b ? "T " : "N ") << name_of(isa) << " gap " << gap
          << " parts " << parts;
    }
  }
}

void expect_rule(const Shape& s, std::size_t gap, std::size_t parts) {
  expect_rule(Problem(s), gap, parts);
}

TEST(GemmCpu, SmallSizesOfEveryKind) {
  for (std::size_t rows : {1, 2, 7, 13, 16, 33}) {
    for (std::size_t cols : {1, 5, 7, 16, 17, 31, 65}) {
      for (std::size_t depth : {1, 3, 10, 16, 37}) expect_rule({1, rows, cols, depth}, 0, 1);
    }
  }
}

TEST(GemmCpu, EveryHeightOfATileAndCountOfTransposedRows) {
  for (std::size_t n = 1; n <= 17; ++n) {
    expect_rule({1, n, 15, 6}, 0, 1);   // one vector by n rows
    expect_rule({1, n, 71, 6}, 0, 2);   // panels of several vectors
    expect_rule({1, 13, n, 40}, 0, 1);  // found the other way round, with n rows of sums
    expect_rule({1, 33, n, 32}, 0, 1);  // narrow up to 12
  }
}

TEST(GemmCpu, DepthsAroundAChunk) {
  for (std::size_t depth : {126, 127, 128, 129, 130, 255, 256, 257, 784}) {
    expect_rule({1, 13, 70, depth}, 0, 1);
    expect_rule({1, 70, 7, depth}, 0, 1);
  }
}

TEST(GemmCpu, DepthsAroundAGroup) {
  for (std::size_t depth : {16383, 16384, 16385, 16512, 32767, 32769, 50000}) {
    expect_rule({1, 3, 19, depth}, 0, 1);
    expect_rule({1, 17, 2, depth}, 3, 2);
  }
}

TEST(GemmCpu, MoreRowsThanABlockWithGroups) {
  expect_rule({1, 131, 3, 16400}, 0, 1);
}

TEST(GemmCpu, LongestSum) {
  expect_rule({1, 1, 1, max_gemm_depth}, 0, 1);
}

TEST(GemmCpu, ZeroSizes) {
  for (const Shape& s : {Shape{0, 3, 4, 5}, {2, 0, 4, 5}, {2, 3, 0, 5}, {2, 3, 4, 0}, {1, 0, 0, 0}}) {
    for (std::size_t parts : {1, 3}) expect_rule(s, 2, parts);
  }
}

TEST(GemmCpu, ModelsGapsAndParts) {
  for (const Shape& s : {Shape{1, 64, 64, 10}, {3, 5, 7, 11}, {3, 37, 100, 130}, {2, 97, 41, 64}, {1, 1, 200, 129}}) {
    for (std::size_t gap : {0, 1, 5}) {
      for (std::size_t parts : {1, 2, 3, 8}) expect_rule(s, gap, parts);
    }
  }
}

TEST(GemmCpu, LayersOfTheWorkloads) {
  for (const Shape& s :
       {Shape{1, 64, 128, 784}, {1, 784, 128, 64}, {1, 64, 7, 784}, {1, 784, 7, 64}, {1, 64, 10, 64}}) {
    for (std::size_t parts : {1, 2}) expect_rule(s, 0, parts);
  }
}

/// Zeros as in images: rows of a share most of them, and a few columns are zero throughout.
void blank(const Shape& s, std::vector<float>& a) {
  std::mt19937 engine(7);
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::size_t row = i / s.depth, k = i % s.depth;
    const bool border = k % 28 < 6 || row % 28 < 6;
    if (border || engine() % 4 == 0) a[i] = engine() % 2 == 0 ? 0.0F : -0.0F;
  }
}

const Shape sparse_shapes[] = {{1, 64, 128, 784}, {1, 784, 128, 64}, {2, 33, 100, 301}, {1, 301, 261, 130},
                               {3, 150, 37, 129}, {1, 65, 512, 300}, {1, 17, 16, 16384}};

TEST(GemmCpu, ZerosChangeNothing) {
  for (const Shape& s : sparse_shapes) {
    const Problem problem(s, [&](std::vector<float>& a, std::vector<float>&) { blank(s, a); });
    for (std::size_t parts : {1, 3}) expect_rule(problem, parts - 1, parts);
  }
}

TEST(GemmCpu, ZerosTimesInfinityAreNaN) {
  for (const Shape& s : sparse_shapes) {
    const Problem problem(s, [&](std::vector<float>& a, std::vector<float>& b) {
      blank(s, a);
      b[s.cols + s.cols / 2] = std::numeric_limits<float>::infinity();  // at a depth where many rows are zero
      b.back() = std::numeric_limits<float>::quiet_NaN();
    });
    EXPECT_TRUE(std::isnan(problem.c[s.cols / 2]));
    expect_rule(problem, 0, 1);
  }
}

/// -0 + 0 * b is -0 or +0 by the sign of b.
TEST(GemmCpu, ZerosChangeTheSignsOfSumsThatUnderflow) {
  for (const Shape& s : sparse_shapes) {
    const Problem problem(s, [&](std::vector<float>& a, std::vector<float>& b) {
      blank(s, a);
      for (float& x : a) x = std::abs(x) * 1e-30F;
      for (float& x : b) x = -std::abs(x) * 1e-30F;
    });
    const auto negative = std::count_if(problem.c.begin(), problem.c.end(), [](float x) { return std::signbit(x); });
    EXPECT_GT(negative, 0);
    EXPECT_LT(negative, problem.c.size());
    expect_rule(problem, 0, 1);
  }
}

TEST(GemmCpu, StrideZeroSharesAnOperand) {
  const Problem one({1, 9, 21, 140});
  for (Isa isa : supported_isas()) {
    std::vector<float> c(3 * 9 * 21);
    const GemmArguments arguments{.models = 3,
                                  .rows = 9,
                                  .cols = 21,
                                  .depth = 140,
                                  .a = one.a.data(),
                                  .lda = 140,
                                  .b = one.b.data(),
                                  .ldb = 21,
                                  .c = c.data(),
                                  .ldc = 21,
                                  .stride_c = 9 * 21};
    kernels_for(isa).gemm(arguments, 0, 1);
    for (std::size_t i = 0; i < c.size(); ++i) ASSERT_EQ(c[i], one.c[i % one.c.size()]) << name_of(isa) << " at " << i;
  }
}

TEST(GemmCpu, InfinitiesAndNaNsPassThrough) {
  const float inf = std::numeric_limits<float>::infinity();
  const std::array<float, 4> a{inf, 1.0F, 0.0F, std::numeric_limits<float>::quiet_NaN()}, b{1.0F, 0.0F, 0.0F, 1.0F};
  for (Isa isa : supported_isas()) {
    std::array<float, 4> c{};
    const GemmArguments arguments{.models = 1,
                                  .rows = 2,
                                  .cols = 2,
                                  .depth = 2,
                                  .a = a.data(),
                                  .lda = 2,
                                  .b = b.data(),
                                  .ldb = 2,
                                  .c = c.data(),
                                  .ldc = 2};
    kernels_for(isa).gemm(arguments, 0, 1);
    EXPECT_EQ(c[0], inf);
    for (std::size_t i : {1, 2, 3}) EXPECT_TRUE(std::isnan(c[i])) << name_of(isa) << " at " << i;
  }
}

TEST(GemmCpu, PartsWriteEveryElementOnce) {
  for (const Shape& s : {Shape{3, 37, 100, 5}, {2, 50, 7, 64}, {1, 6, 300, 9}, {1, 3, 2, 0}}) {
    const std::vector<float> ones(s.models * (s.rows + s.cols) * s.depth, 1.0F);
    const std::size_t elements = s.rows * s.cols;
    for (Isa isa : supported_isas()) {
      std::vector<int> writes(s.models * elements, 0);
      for (std::size_t part = 0; part < 5; ++part) {
        std::vector<float> c(writes.size(), std::numeric_limits<float>::quiet_NaN());
        const GemmArguments arguments{.models = s.models,
                                      .rows = s.rows,
                                      .cols = s.cols,
                                      .depth = s.depth,
                                      .a = ones.data(),
                                      .lda = s.depth,
                                      .b = ones.data(),
                                      .ldb = s.cols,
                                      .c = c.data(),
                                      .ldc = s.cols,
                                      .stride_c = elements};
        kernels_for(isa).gemm(arguments, part, 5);
        for (std::size_t i = 0; i < c.size(); ++i) writes[i] += std::isnan(c[i]) ? 0 : 1;
      }
      EXPECT_EQ(writes, std::vector<int>(writes.size(), 1)) << s.text() << ' ' << name_of(isa);
    }
  }
}

TEST(GemmCpu, PoolGivesTheSameBits) {
  const Problem problem({2, 61, 83, 200});
  ThreadPool pool(3);
  for (Isa isa : supported_isas()) {
    std::vector<float> c(problem.c.size());
    const GemmArguments arguments{.models = 2,
                                  .rows = 61,
                                  .cols = 83,
                                  .depth = 200,
                                  .a = problem.a.data(),
                                  .lda = 200,
                                  .stride_a = 61 * 200,
                                  .b = problem.b.data(),
                                  .ldb = 83,
                                  .stride_b = 200 * 83,
                                  .c = c.data(),
                                  .ldc = 83,
                                  .stride_c = 61 * 83};
    pool.parallel_for(7, [&](std::size_t part) { kernels_for(isa).gemm(arguments, part, 7); });
    EXPECT_EQ(c, problem.c) << name_of(isa);
  }
}

}  // namespace
}  // namespace minnow::kernels::cpu
