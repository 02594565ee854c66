// SPDX-License-Identifier: Apache-2.0
// What a running kernel asks of the emulation. Kernels reach it through the twin of kernels/cuda/device.cuh only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/source_location.hpp"

namespace emulation {

enum class WarpOperation : std::uint8_t { sync, shuffle, shuffle_up, shuffle_down, shuffle_xor, ballot };

/// Waits for every thread of the block; returns the sum of `vote` over them.
unsigned barrier(unsigned vote, const minnow::SourceLocation& where);

/// One lane's part of a warp operation: waits until every lane that `mask` names has come, and returns this lane's
/// result. `lane` is the source lane, delta or lane mask of a shuffle.
std::uint64_t warp(WarpOperation operation, unsigned mask, std::uint64_t value, int lane, int width,
                   const minnow::SourceLocation& where);

void fence();
[[noreturn]] void trap(const minnow::SourceLocation& where);

/// The block's chunk of this declaration: NaN bytes at block start, exactly `bytes` long, so that AddressSanitizer
/// guards its end.
void* static_shared(const void* declaration, std::size_t bytes);
void* dynamic_shared();

}  // namespace emulation
