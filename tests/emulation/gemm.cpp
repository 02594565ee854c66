// SPDX-License-Identifier: Apache-2.0
#include "tests/emulation/gemm.hpp"

#include <cblas.h>

#include <string>

#include "tests/emulation/memory.hpp"
#include "tests/emulation/sanitizer.hpp"

namespace emulation {

void check_ranges(const Gemm& gemm, const char* when) {
  const auto check = [&](const Matrix& matrix, const char* name) {
    for (int batch = 0; batch < gemm.batches; ++batch) {
      check_device_range(matrix.at(batch), matrix.bytes(), false,
                         std::string("cuBLAS GEMM") + when + ", matrix " + name + "[" + std::to_string(batch) +
                             "] of " + std::to_string(matrix.rows) + " x " + std::to_string(matrix.columns) +
                             " elements, leading dimension " + std::to_string(matrix.leading));
    }
  };
  if (gemm.k > 0) {
    check(gemm.a, "A");
    check(gemm.b, "B");
  }
  check(gemm.c, "C");
}

namespace {

void tell_tsan(const Gemm& gemm, int batch) {
  if (!under_tsan()) return;
  const auto tell = [batch](Touch touch, const Matrix& matrix) {
    for (int i = 0; i < matrix.columns; ++i) tsan_touch(touch, matrix.column(batch, i), matrix.column_bytes());
  };
  tell(Touch::read, gemm.a);
  tell(Touch::read, gemm.b);
  tell(Touch::write, gemm.c);
}

CBLAS_TRANSPOSE cblas(bool transpose) {
  return transpose ? CblasTrans : CblasNoTrans;
}

/// Terms first..first + count of each sum, added to beta C.
void add_terms(const Gemm& gemm, int batch, int first, int count, float beta) {
  const float* const a = gemm.transpose_a ? gemm.a.at(batch) + first : gemm.a.column(batch, first);
  const float* const b = gemm.transpose_b ? gemm.b.column(batch, first) : gemm.b.at(batch) + first;
  cblas_sgemm(CblasColMajor, cblas(gemm.transpose_a), cblas(gemm.transpose_b), gemm.m, gemm.n, count, gemm.alpha, a,
              gemm.a.leading, b, gemm.b.leading, beta, gemm.c.at(batch), gemm.c.leading);
}

}  // namespace

void run(const Gemm& gemm) {
  check_ranges(gemm, ", when it runs");
  openblas_set_num_threads(1);
  for (int batch = 0; batch < gemm.batches; ++batch) {
    tell_tsan(gemm, batch);
    const int half = gemm.batches > 1 ? gemm.k / 2 : 0;
    if (half > 0) add_terms(gemm, batch, 0, half, gemm.beta);
    add_terms(gemm, batch, half, gemm.k - half, half > 0 ? 1 : gemm.beta);
  }
}

}  // namespace emulation
