// SPDX-License-Identifier: Apache-2.0
// Stands in for libcublas at link time and loads it at the first call: loading it costs 0.1 s and 200 MB, which
// `--help`, the CPU and strict numerics must not pay. Its symbols are hidden (see kernels/CMakeLists.txt).
#include <cublas_v2.h>
#include <dlfcn.h>

#include <string>

#include "kernels/cuda/library_search.hpp"
#include "minnow/error.hpp"

namespace {

#define MINNOW_TEXT_OF(x) #x
#define MINNOW_TEXT(x) MINNOW_TEXT_OF(x)
constexpr const char* library_name = "libcublas.so." MINNOW_TEXT(CUBLAS_VER_MAJOR);

void* library() {
  static void* const loaded = minnow::kernels::cuda::open_library(
      library_name,
      "install the CUDA runtime libraries, name their folder in LD_LIBRARY_PATH, or use numerics = strict, which does "
      "without");
  return loaded;
}

template <class Function>
Function* find(Function*, const char* name) {
  void* const symbol = dlsym(library(), name);
  if (symbol == nullptr) throw minnow::DeviceError(std::string(library_name) + " has no function " + name);
  return reinterpret_cast<Function*>(symbol);
}

}  // namespace

#define MINNOW_FORWARD(function, ...)                       \
  static auto* const loaded = find(&(function), #function); \
  return loaded(__VA_ARGS__)

extern "C" {

cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) {
  MINNOW_FORWARD(cublasCreate_v2, handle);
}
cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  MINNOW_FORWARD(cublasDestroy_v2, handle);
}
cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  MINNOW_FORWARD(cublasSetStream_v2, handle, stream);
}
cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, size_t bytes) {
  MINNOW_FORWARD(cublasSetWorkspace_v2, handle, workspace, bytes);
}
const char* cublasGetStatusString(cublasStatus_t status) {
  MINNOW_FORWARD(cublasGetStatusString, status);
}
cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t transpose_a,
                                         cublasOperation_t transpose_b, int m, int n, int k, const float* alpha,
                                         const float* a, int lda, long long a_stride, const float* b, int ldb,
                                         long long b_stride, const float* beta, float* c, int ldc, long long c_stride,
                                         int batches) {
  MINNOW_FORWARD(cublasSgemmStridedBatched, handle, transpose_a, transpose_b, m, n, k, alpha, a, lda, a_stride, b, ldb,
                 b_stride, beta, c, ldc, c_stride, batches);
}

}  // extern "C"
