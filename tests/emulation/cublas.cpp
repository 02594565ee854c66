// SPDX-License-Identifier: Apache-2.0
// cuBLAS: handles and the strided-batched product in fp32. To make and to destroy a handle waits for the device.
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
    if (matrix->leading < (matrix->rows > 1 ? matrix->rows : 1)) return false;
  }
  return true;
}

cublasStatus_t submit(cublasContext& handle, const Gemm& gemm) {
  if (!valid(gemm)) return CUBLAS_STATUS_INVALID_VALUE;
  if (gemm.m == 0 || gemm.n == 0 || gemm.batches == 0) return CUBLAS_STATUS_SUCCESS;
  check_ranges(gemm, "");
  ++counters_now().cublas_products;
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
  const bool refused = refuse_in_any_capture() != cudaSuccess;
  if (!refused) finish_all_streams_without_throw();
  reserve_allocation(handle->workspace, false);
  delete handle;
  return refused ? CUBLAS_STATUS_INTERNAL_ERROR : CUBLAS_STATUS_SUCCESS;
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

cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t transpose_a,
                                         cublasOperation_t transpose_b, int m, int n, int k, const float* alpha,
                                         const float* a, int lda, long long a_stride, const float* b, int ldb,
                                         long long b_stride, const float* beta, float* c, int ldc, long long c_stride,
                                         int batches) {
  const ApiScope scope;
  if (!handles().contains(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  const bool ta = transpose_a != CUBLAS_OP_N, tb = transpose_b != CUBLAS_OP_N;
  return submit(*handle, {.transpose_a = ta,
                          .transpose_b = tb,
                          .m = m,
                          .n = n,
                          .k = k,
                          .a = {const_cast<float*>(a), ta ? k : m, ta ? m : k, lda, a_stride},
                          .b = {const_cast<float*>(b), tb ? n : k, tb ? k : n, ldb, b_stride},
                          .c = {c, m, n, ldc, c_stride},
                          .batches = batches,
                          .alpha = *alpha,
                          .beta = *beta});
}
