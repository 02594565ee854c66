// SPDX-License-Identifier: Apache-2.0
/// Which products a user's `fast` numerics leave to cuBLAS, and that each model's product is the same alone.
#include <gtest/gtest.h>

#include "kernels/math/philox.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/comparer.hpp"

namespace minnow::test {
namespace {

using kernels::Backend;
using kernels::View;

struct Product {
  int models, rows, cols, depth;
};

std::vector<float> drawn(std::size_t count, std::uint32_t stream) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = math::to_uniform(math::random_bits(7, stream, 0, 0, i), -1, 1);
  return values;
}

/// C of all models; models first..first + p.models of the drawn ones.
std::vector<float> multiply(Backend& backend, const Product& p, int first = 0) {
  const auto make = [&](int rows, int cols, std::uint32_t stream) {
    const std::size_t elements = static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols);
    const auto models = static_cast<std::size_t>(p.models);
    kernels::Memory memory = backend.allocate(models * elements * sizeof(float));
    const View view{memory.data(), 0, p.models, rows, cols, static_cast<std::int64_t>(elements)};
    if (stream > 0) {
      const std::vector<float> all = drawn((static_cast<std::size_t>(first) + models) * elements, stream);
      backend.upload_reals(view, std::span<const float>(all).last(models * elements));
    }
    return std::pair{std::move(memory), view};
  };
  const auto a = make(p.rows, p.depth, 1), b = make(p.depth, p.cols, 2), c = make(p.rows, p.cols, 0);
  backend.gemm(c.second, a.second, false, b.second, false);
  std::vector<float> values(static_cast<std::size_t>(p.models) * static_cast<std::size_t>(c.second.elements()));
  backend.download_reals(values, c.second);
  return values;
}

class CudaFastProducts : public testing::Test {
 protected:
  void SetUp() override {
    const std::string reason = kernels::cuda_unavailable_reason();
    if (!reason.empty()) GTEST_SKIP() << reason;
    fast_ = kernels::make_cuda_backend(0, Numerics::fast);
    cpu_ = kernels::make_cpu_backend(1);  // has the bits of strict numerics
  }
  std::unique_ptr<Backend> fast_, cpu_;
};

/// The first layers of the benchmarks' W0, W1 and W4, alone and in a shoal.
TEST_F(CudaFastProducts, AreTheStrictOnesWhereTheyAreSmall) {
  for (const Product& p : {Product{1, 64, 128, 784}, {3, 64, 128, 784}, {1, 32, 100, 784}, {1, 128, 512, 784}}) {
    SCOPED_TRACE(::testing::Message() << p.models << " of " << p.rows << " x " << p.cols << " x " << p.depth);
    EXPECT_TRUE(same_bits(multiply(*fast_, p), multiply(*cpu_, p)));
  }
}

/// On a real device cuBLAS gives one matrix other bits when it multiplies several, as its emulation does.
TEST_F(CudaFastProducts, AreCublasFromAGigaflopOnAndTheSameForAModelOfAShoal) {
  const Product alone{1, 1000, 520, 1000};
  ASSERT_GE(2.0 * alone.rows * alone.cols * alone.depth, kernels::worth_cublas);
  Product shoal = alone;
  shoal.models = 2;
  std::vector<float> each = multiply(*fast_, alone, 0);
  EXPECT_FALSE(same_bits(each, multiply(*cpu_, alone, 0))) << "not left to cuBLAS";
  const std::vector<float> second = multiply(*fast_, alone, 1);
  each.insert(each.end(), second.begin(), second.end());
  EXPECT_TRUE(same_bits(multiply(*fast_, shoal), each));
}

}  // namespace
}  // namespace minnow::test
