// SPDX-License-Identifier: Apache-2.0
// cuBLAS: handles and strided-batched GEMM in fp32, and with operands in or rounded to tf32 and bf16.
#include <cublas_v2.h>

#include <set>
#include <string>
#include <vector>

#include "tests/emulation/api.hpp"
#include "tests/emulation/gemm.hpp"
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
