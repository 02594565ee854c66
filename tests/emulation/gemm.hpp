// SPDX-License-Identifier: Apache-2.0
// One strided-batched matrix product, as cuBLAS describes it.
#pragma once

#include <cstddef>

namespace emulation {

/// One column-major operand: `rows` x `columns` as stored, before transposition.
struct Matrix {
  float* data = nullptr;
  int rows = 0;
  int columns = 0;
  int leading = 0;
  long long stride = 0;

  float* at(int batch) const { return data + static_cast<std::ptrdiff_t>(stride) * batch; }
  float* column(int batch, int index) const { return at(batch) + static_cast<std::ptrdiff_t>(leading) * index; }
  std::size_t column_bytes() const { return static_cast<std::size_t>(rows) * sizeof(float); }
  /// From its first to its last element.
  std::size_t bytes() const {
    if (rows == 0 || columns == 0) return 0;
    return static_cast<std::size_t>(leading) * static_cast<std::size_t>(columns - 1) * sizeof(float) + column_bytes();
  }
};

struct Gemm {
  bool transpose_a = false;
  bool transpose_b = false;
  int m = 0, n = 0, k = 0;
  Matrix a, b, c;
  int batches = 0;
  float alpha = 0;
  float beta = 0;
};

/// fault() unless every matrix of the batch lies in one device allocation; `when` goes into the message.
void check_ranges(const Gemm& gemm, const char* when);
/// By CBLAS, on one thread. Where there are several matrices, each sum is that of its two halves: as cuBLAS chooses its
/// kernel by the whole call, so that one matrix of a batch may have other bits than the same one alone.
void run(const Gemm& gemm);

}  // namespace emulation
