// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "kernels/math/summation.hpp"

namespace minnow::kernels::cpu {

/// C[m] = op(A[m]) * op(B[m]) for m in 0..models, all row-major; op(A) is [rows, depth], op(B) is [depth, cols].
/// A leading dimension is the distance in floats between two stored rows, a stride the distance between two models;
/// stride 0 of an operand shares it. C is overwritten and must not overlap A or B.
struct GemmArguments {
  std::size_t models = 1;
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::size_t depth = 0;     ///< 0 gives C = 0; at most max_gemm_depth
  bool transpose_a = false;  ///< A is stored [depth, rows] instead of [rows, depth]
  bool transpose_b = false;  ///< B is stored [cols, depth] instead of [depth, cols]

  const float* a = nullptr;
  std::size_t lda = 0;
  std::size_t stride_a = 0;
  const float* b = nullptr;
  std::size_t ldb = 0;
  std::size_t stride_b = 0;
  float* c = nullptr;
  std::size_t ldc = 0;
  std::size_t stride_c = 0;
};

/// The summation rule (kernels/math/summation.hpp), in the type that the kernels count in.
inline constexpr auto sum_chunk = static_cast<std::size_t>(math::sum_chunk);
inline constexpr auto sum_group = static_cast<std::size_t>(math::sum_group);
inline constexpr auto max_gemm_depth = static_cast<std::size_t>(math::sum_limit);

/// Floating-point operations of a product, to decide whether it is worth splitting.
inline double gemm_flops(const GemmArguments& g) {
  return 2.0 * static_cast<double>(g.models) * static_cast<double>(g.rows) * static_cast<double>(g.cols) *
         static_cast<double>(g.depth);
}

// Each gemm computes share `part` of `parts` of the elements of C; the split does not change a bit. It allocates
// nothing: copies of operands take at most 192 KiB of the calling thread's stack. Operands are never read outside
// their extents.
namespace scalar {
void gemm(const GemmArguments& arguments, std::size_t part, std::size_t parts);
}
namespace avx2 {
void gemm(const GemmArguments& arguments, std::size_t part, std::size_t parts);
}
namespace avx512 {
void gemm(const GemmArguments& arguments, std::size_t part, std::size_t parts);
}

}  // namespace minnow::kernels::cpu
