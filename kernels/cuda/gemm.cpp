// SPDX-License-Identifier: Apache-2.0
// The only file that computes with cuBLAS; cublas_loader.cpp loads it.
#include "kernels/cuda/gemm.hpp"

#include <cublas_v2.h>

#include <string>
#include <type_traits>

#include "kernels/cuda/runtime.hpp"
#include "kernels/source_location.hpp"
#include "minnow/error.hpp"

namespace minnow::kernels::cuda {

namespace {

// NVIDIA's recommendation for Hopper, the largest of all architectures (cuBLAS manual, cublasSetWorkspace).
constexpr std::size_t workspace_bytes = std::size_t{32} << 20;

void check_blas(cublasStatus_t status, const char* call, SourceLocation where = SourceLocation::current()) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  static_cast<void>(cudaGetLastError());  // cuBLAS leaves the run time's error behind
  const std::string message = std::string(call) + " failed at " + where.file_name() + ":" +
                              std::to_string(where.line()) + ": " + cublasGetStatusString(status);
  if (status == CUBLAS_STATUS_ALLOC_FAILED) throw MemoryError(message + "; free device memory for cuBLAS");
  throw DeviceError(message + "; numerics = strict does without cuBLAS");
}

struct DestroyHandle {
  void operator()(cublasHandle_t handle) const noexcept {
    const ExclusiveOfCaptures exclusive;
    static_cast<void>(cublasDestroy(handle));
  }
};
using BlasHandle = std::unique_ptr<std::remove_pointer_t<cublasHandle_t>, DestroyHandle>;

BlasHandle make_handle() {
  const ExclusiveOfCaptures exclusive;
  cublasHandle_t handle = nullptr;
  check_blas(cublasCreate(&handle), "cublasCreate");
  return BlasHandle(handle);
}

cublasOperation_t operation(bool transpose) {
  return transpose ? CUBLAS_OP_T : CUBLAS_OP_N;
}

}  // namespace

double flops_of(const View& c, int depth) {
  return 2.0 * static_cast<double>(c.elements()) * depth;
}

struct BlasGemm::Handle {
  DeviceMemory workspace = make_device_memory(workspace_bytes);
  BlasHandle blas = make_handle();
};

BlasGemm::BlasGemm(cudaStream_t stream) : handle_(std::make_unique<Handle>()) {
  cublasHandle_t blas = handle_->blas.get();
  check_blas(cublasSetStream(blas, stream), "cublasSetStream");
  // After the stream, which resets it. Without one, cuBLAS would allocate anew in every recorded graph.
  check_blas(cublasSetWorkspace(blas, handle_->workspace.get(), workspace_bytes), "cublasSetWorkspace");
}

BlasGemm::~BlasGemm() = default;

void BlasGemm::operator()(const View& c, const ConstView& a, bool transpose_a, const ConstView& b,
                          bool transpose_b) const {
  if (c.models == 0 || c.elements() == 0) return;
  const int depth = transpose_a ? a.rows : a.cols;
  const float one = 1, zero = 0;
  for (int m = 0; m < c.models; ++m) {
    // cuBLAS is column-major: a row-major matrix is its transpose there, and c^T = op(b)^T op(a)^T.
    check_blas(cublasSgemmStridedBatched(handle_->blas.get(), operation(transpose_b), operation(transpose_a), c.cols,
                                         c.rows, depth, &one, b.data<float>(m), b.cols, b.elements(), a.data<float>(m),
                                         a.cols, a.elements(), &zero, c.data<float>(m), c.cols, c.elements(), 1),
               "cublasSgemmStridedBatched");
  }
}

}  // namespace minnow::kernels::cuda
