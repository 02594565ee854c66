// SPDX-License-Identifier: Apache-2.0
/// What the backends that live in host memory ask of the operating system.
#pragma once

#include <cstddef>
#include <string>

namespace minnow::kernels {

/// 64-byte aligned and zeroed; never nullptr, also for 0 bytes. Throws MemoryError, also where this process may not
/// have so much (host_limits.hpp).
void* allocate_zeroed(std::size_t bytes);
void free_aligned(void* data) noexcept;

/// The processor's marketing name.
std::string processor_name();

}  // namespace minnow::kernels
