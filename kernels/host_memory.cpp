// SPDX-License-Identifier: Apache-2.0
#include "kernels/host_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "kernels/host_limits.hpp"
#include "minnow/error.hpp"

namespace minnow::kernels {

namespace {

constexpr std::size_t alignment = 64;                    // a cache line, and an AVX-512 vector
constexpr std::size_t huge_page = std::size_t{1} << 21;  // one address translation instead of 512
constexpr std::size_t worth_huge_pages = 8 * huge_page;  // a dataset, whose rows are read in random order

}  // namespace

void* allocate_zeroed(std::size_t bytes) {
  const std::size_t unit = bytes >= worth_huge_pages ? huge_page : alignment;
  const std::size_t rounded = (std::max<std::size_t>(bytes, 1) + unit - 1) / unit * unit;
  const bool possible = bytes <= memory_limit().bytes && rounded >= bytes;
  void* data = possible ? std::aligned_alloc(unit, rounded) : nullptr;
  if (data == nullptr) {
    throw MemoryError("cannot allocate " + std::to_string(bytes) + " bytes of host memory; " +
                      std::string(memory_limit().owner) + " has " + std::to_string(memory_limit().bytes) +
                      ": lower the batch size, the layer sizes or the number of models");
  }
#if defined(MADV_HUGEPAGE)
  // Advice alone: where the system does not follow it, small pages serve.
  if (unit == huge_page) madvise(data, rounded, MADV_HUGEPAGE);
#endif
  std::memset(data, 0, rounded);
  return data;
}

void free_aligned(void* data) noexcept {
  std::free(data);
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) {
      const std::size_t colon = line.find(": ");
      if (colon != std::string::npos) return line.substr(colon + 2);
    }
  }
  return "unknown processor";
}

}  // namespace minnow::kernels
