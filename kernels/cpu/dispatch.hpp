// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "kernels/cpu/kernel_table.hpp"

namespace minnow::kernels::cpu {

/// Instruction sets the kernels are compiled for, in ascending order: x86-64, x86-64-v3, x86-64-v4.
enum class Isa { scalar, avx2, avx512 };

std::string_view name_of(Isa isa);

/// Whether this processor and its operating system run the kernels of `isa`.
bool is_supported(Isa isa);

/// The instruction set to use: what the environment variable MINNOW_ISA names ("scalar", "avx2" or "avx512"), else the
/// best supported. Throws UsageError if MINNOW_ISA is unknown or not supported here.
Isa choose_isa();

/// Precondition: is_supported(isa).
const KernelTable& kernels_for(Isa isa);

}  // namespace minnow::kernels::cpu
