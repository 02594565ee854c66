// SPDX-License-Identifier: Apache-2.0
#include "tests/emulation/memory.hpp"

#include <cuda_runtime.h>

#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>

#include "tests/emulation/api.hpp"
#include "tests/emulation/report.hpp"
#include "tests/emulation/stream.hpp"

namespace emulation {
namespace {

constexpr std::size_t device_alignment = 256;               // what cudaMalloc promises
constexpr std::size_t device_bytes = std::size_t{8} << 30;  // of the emulated device
constexpr std::size_t largest_size = std::size_t{1} << 47;  // beyond it no driver thinks that memory has run out
// Freed memory is kept for a while, so that nobody else owns the bytes that a stale pointer points to.
constexpr std::size_t most_freed_kept = 256;
constexpr std::size_t most_freed_bytes = std::size_t{64} << 20;

struct Registry {
  std::map<const char*, Allocation> live;
  std::deque<Allocation> freed;
  std::size_t freed_bytes = 0;
  std::uint64_t next_number = 1;
  std::size_t device_in_use = 0;
  int accesses = 0;  ///< DeviceAccess objects
};

Registry& registry() {
  static auto* const instance = new Registry;
  return *instance;
}

void poison(const Allocation& allocation) {
  if (allocation.space == Space::device && under_asan() && !allocation.reserved) {
    __asan_poison_memory_region(allocation.base, allocation.bytes);
  }
}

void unpoison(const Allocation& allocation) {
  if (allocation.space == Space::device && under_asan() && !allocation.reserved) {
    __asan_unpoison_memory_region(allocation.base, allocation.bytes);
  }
}

/// The memory of the last allocations that were freed stays NaN, and closed to AddressSanitizer.
void keep_freed(const Allocation& allocation) {
  Registry& r = registry();
  unpoison(allocation);
  std::memset(allocation.base, 0xff, allocation.bytes);
  poison(allocation);
  r.freed.push_back(allocation);
  r.freed_bytes += allocation.bytes;
  while (r.freed.size() > most_freed_kept || r.freed_bytes > most_freed_bytes) {
    unpoison(r.freed.front());
    std::free(r.freed.front().base);
    r.freed_bytes -= r.freed.front().bytes;
    r.freed.pop_front();
  }
}

cudaError_t allocate(void** pointer, std::size_t bytes, Space space) {
  if (pointer == nullptr) return result(cudaErrorInvalidValue);
  *pointer = nullptr;
  if (bytes == 0) return result(cudaSuccess);
  ++counters_now().allocations;
  Registry& r = registry();
  if (bytes > largest_size) return result(cudaErrorInvalidValue);
  if (space == Space::device && bytes > device_bytes - r.device_in_use) return result(cudaErrorMemoryAllocation);
  void* memory = nullptr;
  if (posix_memalign(&memory, device_alignment, bytes) != 0) return result(cudaErrorMemoryAllocation);
  std::memset(memory, 0xff, bytes);  // NaN: fresh memory is not zero
  const Allocation allocation{static_cast<char*>(memory), bytes, space, r.next_number++};
  r.live.emplace(allocation.base, allocation);
  if (space == Space::device) r.device_in_use += bytes;
  if (r.accesses == 0) poison(allocation);
  *pointer = memory;
  return result(cudaSuccess);
}

/// Never throws: called by destructors.
cudaError_t release(void* pointer, Space space, const char* call) {
  if (pointer == nullptr) return result(cudaSuccess);
  Registry& r = registry();
  const auto found = r.live.find(static_cast<const char*>(pointer));
  if (found == r.live.end() || found->second.space != space) {
    fault_without_throw(std::string(call) + ": not such an allocation, but " + describe_pointer(pointer));
    return result(cudaErrorInvalidValue);
  }
  finish_all_streams_without_throw();  // as the device does
  found->second.reserved = false;
  if (space == Space::device) r.device_in_use -= found->second.bytes;
  keep_freed(found->second);
  r.live.erase(found);
  return result(cudaSuccess);
}

}  // namespace

std::string describe(const Allocation& allocation) {
  return std::string(allocation.space == Space::device ? "device" : "pinned") + " allocation " +
         std::to_string(allocation.number) + " of " + std::to_string(allocation.bytes) + " bytes";
}

const Allocation* find_allocation(const void* pointer) {
  Registry& r = registry();
  auto next = r.live.upper_bound(static_cast<const char*>(pointer));
  if (next == r.live.begin()) return nullptr;
  const Allocation& candidate = std::prev(next)->second;
  return static_cast<const char*>(pointer) <= candidate.base + candidate.bytes ? &candidate : nullptr;
}

const Allocation* find_freed(const void* pointer) {
  for (const Allocation& allocation : registry().freed) {
    if (pointer >= allocation.base && pointer < allocation.base + allocation.bytes) return &allocation;
  }
  return nullptr;
}

Space space_of(const void* pointer) {
  const Allocation* const allocation = find_allocation(pointer);
  return allocation == nullptr ? Space::pageable : allocation->space;
}

std::string describe_pointer(const void* pointer) {
  if (pointer == nullptr) return "a null pointer";
  if (const Allocation* const allocation = find_allocation(pointer)) {
    return "byte " + std::to_string(static_cast<const char*>(pointer) - allocation->base) + " of " +
           describe(*allocation);
  }
  if (const Allocation* const freed = find_freed(pointer)) return "freed " + describe(*freed);
  return "host memory";
}

void check_device_range(const void* pointer, std::size_t bytes, bool pinned_too, const std::string& what) {
  if (bytes == 0) return;
  const Allocation* const allocation = find_allocation(pointer);
  if (allocation == nullptr || (allocation->space == Space::pinned && !pinned_too)) {
    fault(what + ": expected device memory, found " + describe_pointer(pointer));
  }
  const auto offset = static_cast<std::size_t>(static_cast<const char*>(pointer) - allocation->base);
  if (bytes > allocation->bytes - offset) {
    fault(what + ": " + std::to_string(bytes) + " bytes from byte " + std::to_string(offset) + " leave " +
          describe(*allocation));
  }
}

void check_host_range(const void* pointer, std::size_t bytes, const std::string& what) {
  if (bytes == 0) return;
  if (pointer == nullptr) fault(what + ": expected host memory, found a null pointer");
  const Allocation* const allocation = find_allocation(pointer);
  if (allocation == nullptr || pointer == allocation->base + allocation->bytes) return;
  if (allocation->space == Space::device) {
    fault(what + ": expected host memory, found " + describe_pointer(pointer));
  }
  const auto offset = static_cast<std::size_t>(static_cast<const char*>(pointer) - allocation->base);
  if (bytes > allocation->bytes - offset) {
    fault(what + ": " + std::to_string(bytes) + " bytes from byte " + std::to_string(offset) + " leave " +
          describe(*allocation));
  }
}

DeviceAccess::DeviceAccess() {
  if (registry().accesses++ > 0 || !under_asan()) return;
  for (const auto& [base, allocation] : registry().live) unpoison(allocation);
}

DeviceAccess::~DeviceAccess() {
  if (--registry().accesses > 0 || !under_asan()) return;
  for (const auto& [base, allocation] : registry().live) poison(allocation);
}

void reserve_allocation(const void* pointer, bool reserved) {
  const auto found = registry().live.find(static_cast<const char*>(pointer));
  if (found != registry().live.end()) found->second.reserved = reserved;
}

std::vector<std::string> live_allocations() {
  std::vector<std::string> names;
  for (const auto& [base, allocation] : registry().live) names.push_back(describe(allocation));
  return names;
}

}  // namespace emulation

using namespace emulation;

cudaError_t cudaMalloc(void** pointer, std::size_t bytes) {
  const ApiScope scope;
  if (const cudaError_t error = refuse_unsafe_call(); error != cudaSuccess) return result(error);
  return allocate(pointer, bytes, Space::device);
}

cudaError_t cudaFree(void* pointer) {
  const ApiScope scope;
  if (const cudaError_t error = refuse_unsafe_call(); error != cudaSuccess) return result(error);
  return release(pointer, Space::device, "cudaFree");
}

cudaError_t cudaMallocHost(void** pointer, std::size_t bytes) {
  const ApiScope scope;
  if (const cudaError_t error = refuse_unsafe_call(); error != cudaSuccess) return result(error);
  return allocate(pointer, bytes, Space::pinned);
}

cudaError_t cudaFreeHost(void* pointer) {
  const ApiScope scope;
  if (const cudaError_t error = refuse_unsafe_call(); error != cudaSuccess) return result(error);
  return release(pointer, Space::pinned, "cudaFreeHost");
}

cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* total_bytes) {
  const ApiScope scope;
  *free_bytes = device_bytes - registry().device_in_use;
  *total_bytes = device_bytes;
  return result(cudaSuccess);
}
