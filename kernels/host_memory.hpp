// SPDX-License-Identifier: Apache-2.0
/// What the backends that live in host memory ask of the operating system.
#pragma once

#include <cstddef>
#include <string>

namespace minnow::kernels {

/// 64-byte aligned and zeroed; never nullptr, also for 0 bytes. Throws MemoryError.
void* allocate_zeroed(std::size_t bytes);
void free_aligned(void* data) noexcept;

/// Bytes of this machine; the largest size_t where the system does not say. Linux promises memory that it does not have
/// and kills the process when it is touched, so ask before.
std::size_t physical_memory();
/// The processor's marketing name.
std::string processor_name();

}  // namespace minnow::kernels
