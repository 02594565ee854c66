// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "kernels/cpu/gemm.hpp"
#include "kernels/cpu/ops.hpp"

namespace minnow::kernels::cpu {

/// The kernels of one instruction set. Every table computes the same bits; they differ in speed alone.
struct KernelTable {
  const char* name;  ///< "scalar", "avx2", "avx512"

  void (*gemm)(const GemmArguments& arguments, std::size_t part, std::size_t parts);

#define MINNOW_POINTER(name, Arguments) void (*name)(const Arguments& arguments, std::size_t part, std::size_t parts);
  MINNOW_CPU_OPERATIONS(MINNOW_POINTER)
#undef MINNOW_POINTER
};

namespace scalar {
const KernelTable& kernel_table();
}
namespace avx2 {
const KernelTable& kernel_table();
}
namespace avx512 {
const KernelTable& kernel_table();
}

}  // namespace minnow::kernels::cpu
