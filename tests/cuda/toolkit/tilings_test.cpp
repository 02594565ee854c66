// SPDX-License-Identifier: Apache-2.0
/// Every tiling of the strict products by name: which ones the op tests take depends on the device's multiprocessors.
#include <gtest/gtest.h>

#include "kernels/cuda/ops.hpp"
#include "kernels/cuda/runtime.hpp"
#include "kernels/cuda/strict_gemm_tiling.hpp"
#include "kernels/math/philox.hpp"
#include "kernels/math/summation.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/comparer.hpp"
#include "tests/support/guarded.hpp"

namespace minnow::test {
namespace {

using kernels::cuda::Tiling;

struct Product {
  int models, rows, cols, depth;
};

std::vector<float> drawn(int models, int rows, int cols, std::uint32_t stream) {
  std::vector<float> values(static_cast<std::size_t>(models) * static_cast<std::size_t>(rows) *
                            static_cast<std::size_t>(cols));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = math::to_uniform(math::random_bits(4, stream, 0, 0, i), -1, 1);
  }
  return values;
}

class TilingTest : public BackendTest {
 protected:
  template <class Multiply>
  static std::vector<float> multiply(kernels::Backend& backend, const Product& p, bool transpose_a, bool transpose_b,
                                     const Multiply& product) {
    const auto operand = [&](int rows, int cols, std::uint32_t stream) {
      return GuardedReals(backend, p.models, rows, cols, std::span<const float>(drawn(p.models, rows, cols, stream)));
    };
    const GuardedReals a = transpose_a ? operand(p.depth, p.rows, 1) : operand(p.rows, p.depth, 1);
    const GuardedReals b = transpose_b ? operand(p.cols, p.depth, 2) : operand(p.depth, p.cols, 2);
    const GuardedReals c(backend, p.models, p.rows, p.cols);
    backend.synchronize();
    product(c.view(), a.view(), b.view());
    return c.floats();
  }

  void expect_bits(Tiling tiling, const Product& p, bool transpose_a, bool transpose_b) {
    const kernels::cuda::Stream stream = kernels::cuda::make_stream();
    const std::vector<float> found =
        multiply(backend(), p, transpose_a, transpose_b,
                 [&](const kernels::View& c, const kernels::ConstView& a, const kernels::ConstView& b) {
                   strict_gemm(stream.get(), c, a, transpose_a, b, transpose_b, tiling);
                   kernels::cuda::check(cudaStreamSynchronize(stream.get()), "cudaStreamSynchronize");
                 });
    const std::vector<float> expected =
        multiply(scalar(), p, transpose_a, transpose_b,
                 [&](const kernels::View& c, const kernels::ConstView& a, const kernels::ConstView& b) {
                   scalar().gemm(c, a, transpose_a, b, transpose_b);
                 });
    EXPECT_TRUE(same_bits(found, expected)) << p.models << " of " << p.rows << " x " << p.cols << " x " << p.depth
                                            << (transpose_a ? ", a^T" : "") << (transpose_b ? ", b^T" : "");
  }
};
INSTANTIATE_TEST_SUITE_P(Backends, TilingTest, testing::ValuesIn(strict_cuda_cases()), backend_case_name);

/// Less and more than a tile of each, one chunk, several, and more than the groups of a split tiling have at once.
TEST_P(TilingTest, EachHasTheSpecifiedBitsInEveryOrientation) {
  for (int t = 0; t < kernels::cuda::tiling_count; ++t) {
    const auto tiling = static_cast<Tiling>(t);
    SCOPED_TRACE(::testing::Message() << "tiling " << t << ", " << shape_of(tiling).tile << " wide, "
                                      << shape_of(tiling).groups << " groups");
    for (const Product& p : {Product{1, 5, 3, 20}, {2, 33, 17, 300}, {1, 131, 137, 150}, {1, 20, 36, 1300}}) {
      for (const bool transpose_a : {false, true}) {
        for (const bool transpose_b : {false, true}) expect_bits(tiling, p, transpose_a, transpose_b);
      }
    }
  }
}

/// Those that have registers for it sum more than one group of chunks.
TEST_P(TilingTest, DeepOnesSumGroupsOfChunks) {
  for (int t = 0; t < kernels::cuda::tiling_count; ++t) {
    const auto tiling = static_cast<Tiling>(t);
    if (!shape_of(tiling).deep) continue;
    SCOPED_TRACE(t);
    expect_bits(tiling, {1, 5, 3, math::sum_group + 200}, false, false);
  }
}

}  // namespace
}  // namespace minnow::test
