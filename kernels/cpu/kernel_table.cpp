// SPDX-License-Identifier: Apache-2.0
// Compiled once per instruction set; see isa.hpp.
#include "kernels/cpu/kernel_table.hpp"

#include "kernels/cpu/isa.hpp"

#define MINNOW_TEXT_OF(name) #name
#define MINNOW_TEXT(name) MINNOW_TEXT_OF(name)

namespace minnow::kernels::cpu::MINNOW_ISA {

const KernelTable& kernel_table() {
  static constexpr KernelTable table = {.name = MINNOW_TEXT(MINNOW_ISA),
                                        .gemm = gemm,
#define MINNOW_ENTRY(name, Arguments) .name = name,
                                        MINNOW_CPU_OPERATIONS(MINNOW_ENTRY)
#undef MINNOW_ENTRY
  };
  return table;
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
