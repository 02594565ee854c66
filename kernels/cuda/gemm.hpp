// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <memory>

#include "kernels/view.hpp"

namespace minnow::kernels::cuda {

/// gemm of `fast` numerics: cuBLAS in fp32, one strided-batched call for all models. cuBLAS chooses the order of the
/// sums. Creating it allocates and waits, so it must exist before a step that uses it is recorded.
class BlasGemm {
 public:
  explicit BlasGemm(cudaStream_t stream);
  ~BlasGemm();
  void operator()(const View& c, const ConstView& a, bool transpose_a, const ConstView& b, bool transpose_b) const;

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace minnow::kernels::cuda
