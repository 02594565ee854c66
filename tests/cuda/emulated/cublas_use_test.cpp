// SPDX-License-Identifier: Apache-2.0
/// When cuBLAS is loaded: its library takes a second and 100 MB, and is not everywhere.
#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/backend.hpp"
#include "tests/emulation/emulation.hpp"
#include "tests/support/small_run.hpp"

namespace minnow::test {
namespace {

std::ptrdiff_t handles() {
  const std::vector<std::string> objects = emulation::live_objects();
  return std::count(objects.begin(), objects.end(), "cuBLAS handle");
}

TEST(CudaFastNumerics, TouchCublasOnlyForProductsThatAreLeftToIt) {
  const std::ptrdiff_t before = handles();
  const auto usual = kernels::make_cuda_backend(0, Numerics::fast);
  SmallRun small(*usual, {});
  small.recorded(2);
  EXPECT_EQ(handles(), before);
  const auto all = kernels::make_cuda_backend(0, Numerics::fast, 0);
  SmallRun large(*all, {});
  EXPECT_EQ(handles(), before);
  const std::uint64_t products = emulation::counters().cublas_products;
  large.recorded(2);  // the recording is the first to need it
  EXPECT_EQ(handles(), before + 1);
  EXPECT_GT(emulation::counters().cublas_products, products);
}

}  // namespace
}  // namespace minnow::test
