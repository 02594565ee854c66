// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/backend.hpp"

#include <cstring>

#include "kernels/host_limits.hpp"
#include "kernels/host_memory.hpp"
#include "minnow/error.hpp"

namespace minnow::kernels::cpu {

CpuBackend::CpuBackend(Isa isa, int threads, double min_flops_per_part)
    : isa_(isa), kernels_(kernels_for(isa)), pool_(static_cast<std::size_t>(threads), min_flops_per_part) {}

std::string CpuBackend::description() const {
  const std::size_t threads = pool_.threads();
  return processor_name() + ", " + std::string(name_of(isa_)) + ", " + std::to_string(threads) +
         (threads == 1 ? " thread" : " threads");
}

Memory CpuBackend::allocate(std::size_t bytes) {
  return {this, allocate_zeroed(bytes), bytes};
}
void CpuBackend::release(void* data) noexcept {
  free_aligned(data);
}

void CpuBackend::upload(void* device, const void* host, std::size_t bytes) {
  if (bytes > 0) std::memcpy(device, host, bytes);
}
void CpuBackend::download(void* host, const void* device, std::size_t bytes) {
  if (bytes > 0) std::memcpy(host, device, bytes);
}
void CpuBackend::copy(void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}
void CpuBackend::zero(void* device, std::size_t bytes) {
  if (bytes > 0) std::memset(device, 0, bytes);
}

std::unique_ptr<Backend> make_cpu_backend(Isa isa, int threads, double min_flops_per_part) {
  if (threads < 0 || threads > most_threads) {
    throw UsageError("threads is " + std::to_string(threads) + ", expected 0 (all cores) to " +
                     std::to_string(most_threads));
  }
  if (!is_supported(isa)) {
    throw UsageError("this processor does not support the " + std::string(name_of(isa)) + " kernels");
  }
  return std::make_unique<CpuBackend>(isa, threads == 0 ? usable_threads() : threads, min_flops_per_part);
}

}  // namespace minnow::kernels::cpu

namespace minnow::kernels {

std::unique_ptr<Backend> make_cpu_backend(int threads) {
  return cpu::make_cpu_backend(cpu::choose_isa(), threads);
}

}  // namespace minnow::kernels
