// SPDX-License-Identifier: Apache-2.0
// Memory, copies, the device and cuBLAS under the emulation.
#include <cublas_v2.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/emulation/device_buffer.hpp"
#include "tests/emulation/emulation.hpp"
#include "tests/emulation/sample_kernels.hpp"

namespace emulation::test {
namespace {

TEST(EmulatedMemory, ChecksCopies) {
  const DeviceBuffer<float> x(4);
  std::vector<float> host(8);
  const auto copy = [](void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    return [=] { cudaMemcpy(to, from, bytes, kind); };
  };
  EXPECT_THROW(copy(x.data(), host.data(), 17, cudaMemcpyHostToDevice)(), Fault) << "too long";
  EXPECT_THROW(copy(x.data() + 1, host.data(), 16, cudaMemcpyHostToDevice)(), Fault) << "leaves the allocation";
  EXPECT_THROW(copy(host.data(), x.data(), 16, cudaMemcpyHostToDevice)(), Fault) << "wrong kind";
  EXPECT_THROW(copy(host.data(), x.data(), 16, cudaMemcpyHostToHost)(), Fault) << "wrong kind";
  EXPECT_THROW(copy(nullptr, x.data(), 16, cudaMemcpyDeviceToHost)(), Fault) << "null";
  EXPECT_THROW(cudaMemset(host.data(), 0, 4), Fault) << "host memory";
  EXPECT_NO_THROW(copy(host.data(), x.data(), 16, cudaMemcpyDefault)());
  EXPECT_TRUE(std::isnan(host[0])) << "fresh device memory is not zero";
  EXPECT_EQ(take_faults().size(), 6U);
}

TEST(EmulatedMemory, RefusesWrongFreesWithoutThrowing) {
  float host = 0;
  const DeviceBuffer<float> x(4);
  EXPECT_EQ(cudaFree(&host), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFree(x.data() + 1), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFreeHost(x.data()), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFree(nullptr), cudaSuccess);
  EXPECT_EQ(take_faults().size(), 3U);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidValue);
}

TEST(EmulatedMemory, EndsWhereTheDeviceEnds) {
  std::size_t free_bytes = 0, total_bytes = 0;
  check(cudaMemGetInfo(&free_bytes, &total_bytes));
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, free_bytes + 1), cudaErrorMemoryAllocation);
  EXPECT_EQ(memory, nullptr);
  EXPECT_EQ(cudaGetLastError(), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaMalloc(&memory, static_cast<std::size_t>(-1)), cudaErrorInvalidValue) << "as some drivers answer";
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidValue);
  const DeviceBuffer<char> some(1000);
  std::size_t left = 0;
  check(cudaMemGetInfo(&left, &total_bytes));
  EXPECT_EQ(left, free_bytes - 1000);
}

TEST(EmulatedDevice, SaysThatItIsEmulated) {
  int count = 0;
  check(cudaGetDeviceCount(&count));
  EXPECT_EQ(count, 1);
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, 0));
  EXPECT_EQ(std::string(properties.name), "Emulated CUDA device");
  EXPECT_EQ(properties.major, 9);
  EXPECT_EQ(cudaSetDevice(1), cudaErrorInvalidDevice);
  EXPECT_EQ(std::string(cudaGetErrorName(cudaGetLastError())), "cudaErrorInvalidDevice");
}

struct Shape {
  int m, n, k, batches;
};

/// Column-major, as cuBLAS has it: element (i, j) of op(X).
float element(const std::vector<float>& x, bool transposed, int leading, std::size_t offset, int i, int j) {
  return x[offset + static_cast<std::size_t>(transposed ? i * leading + j : j * leading + i)];
}

void expect_product(const Shape& shape, bool transpose_a, bool transpose_b, cublasHandle_t handle) {
  const auto [m, n, k, batches] = shape;
  const int lda = (transpose_a ? k : m) + 1, ldb = (transpose_b ? n : k) + 2, ldc = m + 3;
  const int stride_a = lda * (transpose_a ? m : k), stride_b = ldb * (transpose_b ? k : n), stride_c = ldc * n;
  const std::vector<float> a = ramp(static_cast<std::size_t>(stride_a * batches));
  const std::vector<float> b = ramp(static_cast<std::size_t>(stride_b * batches));
  const DeviceBuffer<float> da(a), db(b), dc(std::vector<float>(static_cast<std::size_t>(stride_c * batches), 1.0f));
  const float alpha = 2, beta = 3;
  ASSERT_EQ(cublasSgemmStridedBatched(handle, transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N,
                                      transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N, m, n, k, &alpha, da.data(), lda,
                                      stride_a, db.data(), ldb, stride_b, &beta, dc.data(), ldc, stride_c, batches),
            CUBLAS_STATUS_SUCCESS);
  const std::vector<float> c = dc.values();
  for (int batch = 0; batch < batches; ++batch) {
    for (int i = 0; i < m; ++i) {
      for (int j = 0; j < n; ++j) {
        double sum = 0;
        for (int l = 0; l < k; ++l) {
          sum += static_cast<double>(element(a, transpose_a, lda, static_cast<std::size_t>(batch * stride_a), i, l)) *
                 static_cast<double>(element(b, transpose_b, ldb, static_cast<std::size_t>(batch * stride_b), l, j));
        }
        const auto expected = static_cast<float>(2 * sum + 3);
        const float found = element(c, false, ldc, static_cast<std::size_t>(batch * stride_c), i, j);
        // All numbers are integers below 2^24, so the product is exact in any order.
        EXPECT_EQ(found, expected) << m << " x " << n << " x " << k << ", (" << i << ", " << j << ")";
      }
    }
  }
}

TEST(EmulatedCublas, MultipliesInAllTranspositions) {
  cublasHandle_t handle = nullptr;
  ASSERT_EQ(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
  const Stream stream;
  for (const Streams streams : {Streams::eager, Streams::deferred}) {
    const ScopedSettings scope({Schedule::sequential, streams});
    for (const Shape& shape : {Shape{3, 4, 5, 2}, Shape{1, 1, 1, 1}, Shape{7, 1, 9, 3}}) {
      for (const bool transpose_a : {false, true}) {
        for (const bool transpose_b : {false, true}) expect_product(shape, transpose_a, transpose_b, handle);
      }
    }
  }
  EXPECT_EQ(cublasDestroy(handle), CUBLAS_STATUS_SUCCESS);
}

/// As on a device: by which kernel cuBLAS multiplies depends on the number of matrices.
TEST(EmulatedCublas, GivesAMatrixOtherBitsWhereThereAreSeveral) {
  constexpr int size = 20, elements = size * size;
  std::vector<float> values(2 * elements);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i));
  const DeviceBuffer<float> x(values), one(elements), two(2 * elements);
  cublasHandle_t handle = nullptr;
  ASSERT_EQ(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
  const float alpha = 1, beta = 0;
  const auto multiply = [&](float* to, int matrices) {
    EXPECT_EQ(cublasSgemmStridedBatched(handle, CUBLAS_OP_N, CUBLAS_OP_T, size, size, size, &alpha, x.data(), size,
                                        elements, x.data(), size, elements, &beta, to, size, elements, matrices),
              CUBLAS_STATUS_SUCCESS);
  };
  multiply(one.data(), 1);
  multiply(two.data(), 2);
  EXPECT_EQ(cublasDestroy(handle), CUBLAS_STATUS_SUCCESS);
  const std::vector<float> alone = one.values(), both = two.values();
  double largest = 0, farthest = 0;
  for (std::size_t i = 0; i < alone.size(); ++i) {
    largest = std::fmax(largest, std::fabs(static_cast<double>(alone[i])));
    farthest = std::fmax(farthest, std::fabs(static_cast<double>(alone[i]) - static_cast<double>(both[i])));
  }
  EXPECT_GT(farthest, 0);
  EXPECT_LT(farthest, 1e-6 * largest);
}

}  // namespace
}  // namespace emulation::test
