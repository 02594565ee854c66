// SPDX-License-Identifier: Apache-2.0
#include "tests/emulation/gemm.hpp"

#include <cblas.h>
#include <cuda_bf16.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "tests/emulation/memory.hpp"
#include "tests/emulation/sanitizer.hpp"

namespace emulation {
namespace {

/// To the 10 explicit mantissa bits of tf32, ties away from zero (PTX ISA, cvt.rna.tf32.f32).
float round_to_tf32(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7f800000U) == 0x7f800000U) return value;
  return std::bit_cast<float>((bits + 0x1000U) & ~0x1fffU);
}

float load(const Matrix& matrix, const char* address) {
  if (matrix.type == CUDA_R_32F) {
    float value = 0;
    std::memcpy(&value, address, sizeof value);
    return value;
  }
  std::uint16_t bits = 0;
  std::memcpy(&bits, address, sizeof bits);
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// The operand as dense floats, rounded as the compute type rounds it.
std::vector<float> dense(const Matrix& matrix, int batch, const Gemm& gemm) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(matrix.rows) * static_cast<std::size_t>(matrix.columns));
  for (int column = 0; column < matrix.columns; ++column) {
    const char* address = matrix.at(batch) + matrix.leading_bytes() * static_cast<std::size_t>(column);
    for (int row = 0; row < matrix.rows; ++row, address += matrix.element()) {
      float value = load(matrix, address);
      if (gemm.tf32) value = round_to_tf32(value);
      if (gemm.bf16) value = __bfloat162float(__float2bfloat16(value));
      values.push_back(value);
    }
  }
  return values;
}

}  // namespace

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
    for (int column = 0; column < matrix.columns; ++column) {
      tsan_touch(touch, matrix.at(batch) + matrix.leading_bytes() * static_cast<std::size_t>(column),
                 matrix.column_bytes());
    }
  };
  tell(Touch::read, gemm.a);
  tell(Touch::read, gemm.b);
  tell(Touch::write, gemm.c);
}

void store(const Gemm& gemm, int batch, const std::vector<float>& values) {
  for (int column = 0; column < gemm.n; ++column) {
    char* const address = gemm.c.at(batch) + gemm.c.leading_bytes() * static_cast<std::size_t>(column);
    for (int row = 0; row < gemm.m; ++row) {
      const __nv_bfloat16 value = __float2bfloat16(
          values[static_cast<std::size_t>(column) * static_cast<std::size_t>(gemm.m) + static_cast<std::size_t>(row)]);
      std::memcpy(address + 2 * row, &value, 2);
    }
  }
}

void multiply(const Gemm& gemm, int batch, float alpha, float beta) {
  const auto cblas = [](cublasOperation_t operation) { return operation == CUBLAS_OP_N ? CblasNoTrans : CblasTrans; };
  const bool plain = gemm.a.type == CUDA_R_32F && gemm.b.type == CUDA_R_32F && !gemm.tf32 && !gemm.bf16;
  std::vector<float> a, b, c;
  if (!plain) {
    a = dense(gemm.a, batch, gemm);
    b = dense(gemm.b, batch, gemm);
  }
  const bool wide = gemm.c.type == CUDA_R_32F;
  if (!wide) {
    Gemm exact = gemm;
    exact.tf32 = exact.bf16 = false;
    c = dense(gemm.c, batch, exact);
  }
  cblas_sgemm(CblasColMajor, cblas(gemm.transpose_a), cblas(gemm.transpose_b), gemm.m, gemm.n, gemm.k, alpha,
              plain ? reinterpret_cast<const float*>(gemm.a.at(batch)) : a.data(), plain ? gemm.a.leading : gemm.a.rows,
              plain ? reinterpret_cast<const float*>(gemm.b.at(batch)) : b.data(), plain ? gemm.b.leading : gemm.b.rows,
              beta, wide ? reinterpret_cast<float*>(gemm.c.at(batch)) : c.data(), wide ? gemm.c.leading : gemm.m);
  if (!wide) store(gemm, batch, c);
}

}  // namespace

void run(const Gemm& gemm) {
  check_ranges(gemm, ", when it runs");
  const float alpha = gemm.alpha == nullptr ? gemm.alpha_value : *static_cast<const float*>(gemm.alpha);
  const float beta = gemm.beta == nullptr ? gemm.beta_value : *static_cast<const float*>(gemm.beta);
  openblas_set_num_threads(1);
  for (int batch = 0; batch < gemm.batches; ++batch) {
    tell_tsan(gemm, batch);
    multiply(gemm, batch, alpha, beta);
  }
}

}  // namespace emulation
