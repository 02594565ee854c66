// SPDX-License-Identifier: Apache-2.0
// The registry of device and pinned memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace emulation {

enum class Space : std::uint8_t { pageable, pinned, device };

struct Allocation {
  char* base = nullptr;
  std::size_t bytes = 0;
  Space space = Space::device;
  std::uint64_t number = 0;  ///< counts from 1
  bool reserved = false;     ///< a library's workspace, which no kernel may touch
};

std::string describe(const Allocation& allocation);

/// The live allocation that holds `pointer`, or that ends there; nullptr if there is none.
const Allocation* find_allocation(const void* pointer);
/// One of the last freed allocations that held `pointer`; nullptr if there is none.
const Allocation* find_freed(const void* pointer);
Space space_of(const void* pointer);

/// "device allocation 3 of 4096 bytes", "freed ...", "host memory": for messages.
std::string describe_pointer(const void* pointer);

/// fault() unless [pointer, pointer + bytes) lies in one device allocation (or, where `pinned_too`, in a pinned one).
void check_device_range(const void* pointer, std::size_t bytes, bool pinned_too, const std::string& what);
/// fault() if the range touches device memory, or leaves the pinned allocation in which it begins.
void check_host_range(const void* pointer, std::size_t bytes, const std::string& what);

/// Emulated device work may touch device memory while one of these exists; for AddressSanitizer it is poisoned at all
/// other times, so that host code which reads it is caught.
class DeviceAccess {
 public:
  DeviceAccess();
  ~DeviceAccess();
  DeviceAccess(const DeviceAccess&) = delete;
  DeviceAccess& operator=(const DeviceAccess&) = delete;
};

/// The allocation that begins at `pointer` is (no longer) a library's workspace; a pointer to none is ignored.
void reserve_allocation(const void* pointer, bool reserved);

std::vector<std::string> live_allocations();

}  // namespace emulation
