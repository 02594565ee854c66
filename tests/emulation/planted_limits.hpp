// SPDX-License-Identifier: Apache-2.0
// Launches that keep, or on purpose break, a limit of the device. Numbers are bytes.
#pragma once

#include <cstddef>

namespace emulation::planted {

/// 20 KiB of static shared memory beside `dynamic`.
inline constexpr std::size_t static_bytes = 20 * 1024;
void static_beside_dynamic(std::size_t dynamic);
/// The same for a kernel that is allowed `allowed` bytes of dynamic shared memory.
void static_beside_allowed(std::size_t allowed, std::size_t dynamic);
/// The largest parameters that a launch can have, and 4 more.
void most_parameters();
void too_many_parameters();

}  // namespace emulation::planted
