// SPDX-License-Identifier: Apache-2.0
// cuBLAS on CBLAS: strided-batched GEMM in fp32, and with operands in or rounded to tf32 and bf16.
#include <cblas.h>
#include <cublas_v2.h>
#include <cuda_bf16.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "tests/emulation/api.hpp"
#include "tests/emulation/memory.hpp"
#include "tests/emulation/report.hpp"
#include "tests/emulation/stream.hpp"

struct cublasContext {
  cudaStream_t stream = nullptr;
  void* workspace = nullptr;
  cublasMath_t math = CUBLAS_DEFAULT_MATH;
  cublasPointerMode_t pointers = CUBLAS_POINTER_MODE_HOST;
};

namespace emulation {
namespace {

std::set<cublasContext*>& handles() {
  static auto* const instance = new std::set<cublasContext*>;
  return *instance;
}

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

bool valid(const Gemm& gemm) {
  if (gemm.m < 0 || gemm.n < 0 || gemm.k < 0 || gemm.batches < 0) return false;
  for (const Matrix* matrix : {&gemm.a, &gemm.b, &gemm.c}) {
    if (matrix->type != CUDA_R_32F && matrix->type != CUDA_R_16BF) return false;
    if (matrix->leading < (matrix->rows > 1 ? matrix->rows : 1)) return false;
  }
  return true;
}

cublasStatus_t submit(cublasContext& handle, Gemm gemm, const void* alpha, const void* beta) {
  if (!valid(gemm)) return CUBLAS_STATUS_INVALID_VALUE;
  if (gemm.m == 0 || gemm.n == 0 || gemm.batches == 0) return CUBLAS_STATUS_SUCCESS;
  if (handle.pointers == CUBLAS_POINTER_MODE_DEVICE) {
    gemm.alpha = alpha;
    gemm.beta = beta;
  } else {
    gemm.alpha_value = *static_cast<const float*>(alpha);
    gemm.beta_value = *static_cast<const float*>(beta);
  }
  if (handle.math == CUBLAS_TF32_TENSOR_OP_MATH) gemm.tf32 = true;
  check_ranges(gemm, "");
  const cudaError_t error = enqueue(handle.stream, {"cuBLAS GEMM", [gemm] { run(gemm); }});
  return error == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

}  // namespace

std::vector<std::string> live_cublas_handles() {
  return {handles().size(), "cuBLAS handle"};
}

}  // namespace emulation

using namespace emulation;

cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) {
  const ApiScope scope;
  if (refuse_in_any_capture() != cudaSuccess) return CUBLAS_STATUS_NOT_INITIALIZED;
  *handle = *handles().insert(new cublasContext).first;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  const ApiScope scope;
  if (handles().erase(handle) == 0) return CUBLAS_STATUS_NOT_INITIALIZED;
  finish_all_streams_without_throw();
  reserve_allocation(handle->workspace, false);
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  const ApiScope scope;
  if (!handles().contains(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  handle->stream = stream;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, std::size_t bytes) {
  const ApiScope scope;
  if (!handles().contains(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  check_device_range(workspace, bytes, false, "cublasSetWorkspace");
  reserve_allocation(handle->workspace, false);
  reserve_allocation(workspace, true);
  handle->workspace = workspace;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  const ApiScope scope;
  if (!handles().contains(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  handle->math = mode;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t handle, cublasPointerMode_t mode) {
  const ApiScope scope;
  if (!handles().contains(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  handle->pointers = mode;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetVersion_v2(cublasHandle_t, int* version) {
  *version = CUBLAS_VERSION;
  return CUBLAS_STATUS_SUCCESS;
}

const char* cublasGetStatusString(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "success";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "the library was not initialized";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "the resource allocation failed";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "an unsupported value or parameter was passed to the function";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "the function failed to launch on the GPU";
    default:
      return "another cuBLAS error";
  }
}

cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t handle, cublasOperation_t transpose_a,
                                          cublasOperation_t transpose_b, int m, int n, int k, const void* alpha,
                                          const void* a, cudaDataType a_type, int lda, long long a_stride,
                                          const void* b, cudaDataType b_type, int ldb, long long b_stride,
                                          const void* beta, void* c, cudaDataType c_type, int ldc, long long c_stride,
                                          int batches, cublasComputeType_t compute, cublasGemmAlgo_t) {
  const ApiScope scope;
  if (!handles().contains(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  const bool ta = transpose_a != CUBLAS_OP_N;
  const bool tb = transpose_b != CUBLAS_OP_N;
  Gemm gemm;
  gemm.transpose_a = transpose_a;
  gemm.transpose_b = transpose_b;
  gemm.m = m;
  gemm.n = n;
  gemm.k = k;
  gemm.a = {const_cast<void*>(a), a_type, ta ? k : m, ta ? m : k, lda, a_stride};
  gemm.b = {const_cast<void*>(b), b_type, tb ? n : k, tb ? k : n, ldb, b_stride};
  gemm.c = {c, c_type, m, n, ldc, c_stride};
  gemm.batches = batches;
  gemm.tf32 = compute == CUBLAS_COMPUTE_32F_FAST_TF32;
  gemm.bf16 = compute == CUBLAS_COMPUTE_32F_FAST_16BF;
  return submit(*handle, gemm, alpha, beta);
}

cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t transpose_a,
                                         cublasOperation_t transpose_b, int m, int n, int k, const float* alpha,
                                         const float* a, int lda, long long a_stride, const float* b, int ldb,
                                         long long b_stride, const float* beta, float* c, int ldc, long long c_stride,
                                         int batches) {
  return cublasGemmStridedBatchedEx(handle, transpose_a, transpose_b, m, n, k, alpha, a, CUDA_R_32F, lda, a_stride, b,
                                    CUDA_R_32F, ldb, b_stride, beta, c, CUDA_R_32F, ldc, c_stride, batches,
                                    CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
}
