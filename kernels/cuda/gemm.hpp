// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <memory>

#include "kernels/view.hpp"

namespace minnow::kernels::cuda {

/// Floating-point operations of one model's part of a product.
double flops_of(const View& c, int depth);

/// gemm by cuBLAS in fp32, which chooses the order of the sums by the whole shape of a call, the number of matrices
/// included: so each model gets a call of its own, the same that it gets alone. Creating it allocates and waits, so it
/// must exist before a step that uses it is recorded.
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
