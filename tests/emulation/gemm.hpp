// SPDX-License-Identifier: Apache-2.0
// One strided-batched matrix product, as cuBLAS describes it.
#pragma once

#include <cublas_v2.h>

#include <cstddef>

namespace emulation {

/// One column-major operand: `rows` x `columns` as stored, before transposition.
struct Matrix {
  void* data = nullptr;
  cudaDataType type = CUDA_R_32F;
  int rows = 0;
  int columns = 0;
  int leading = 0;
  long long stride = 0;

  std::size_t element() const { return type == CUDA_R_32F ? 4 : 2; }
  char* at(int batch) const {
    return static_cast<char*>(data) +
           static_cast<std::ptrdiff_t>(stride) * batch * static_cast<std::ptrdiff_t>(element());
  }
  std::size_t column_bytes() const { return static_cast<std::size_t>(rows) * element(); }
  std::size_t leading_bytes() const { return static_cast<std::size_t>(leading) * element(); }
  /// From its first to its last element.
  std::size_t bytes() const {
    if (rows == 0 || columns == 0) return 0;
    return leading_bytes() * static_cast<std::size_t>(columns - 1) + column_bytes();
  }
};

struct Gemm {
  cublasOperation_t transpose_a = CUBLAS_OP_N;
  cublasOperation_t transpose_b = CUBLAS_OP_N;
  int m = 0, n = 0, k = 0;
  Matrix a, b, c;
  int batches = 0;
  const void* alpha = nullptr;  ///< in device memory, if not null: then read when the work runs
  const void* beta = nullptr;
  float alpha_value = 0;
  float beta_value = 0;
  bool tf32 = false;
  bool bf16 = false;
};

/// fault() unless every matrix of the batch lies in one device allocation; `when` goes into the message.
void check_ranges(const Gemm& gemm, const char* when);
/// By CBLAS, on one thread.
void run(const Gemm& gemm);

}  // namespace emulation
