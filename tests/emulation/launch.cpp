// SPDX-License-Identifier: Apache-2.0
// Kernel launches: their limits, and the pointers among their arguments.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "tests/emulation/api.hpp"
#include "tests/emulation/kernel_run.hpp"
#include "tests/emulation/memory.hpp"
#include "tests/emulation/report.hpp"
#include "tests/emulation/stream.hpp"

namespace emulation {
namespace {

/// Kernels that were allowed more dynamic shared memory than 48 KiB.
std::map<const void*, std::size_t>& shared_limits() {
  static auto* const instance = new std::map<const void*, std::size_t>;
  return *instance;
}

/// A real compiler refuses more (CUDA programming guide, "__global__ function argument processing").
constexpr std::size_t most_parameter_bytes = CUDART_VERSION >= 12010 ? 32764 : 4096;

/// Also sets what is left for static shared memory: what a kernel may use without asking holds for both together; what
/// it asked for is dynamic memory alone, and is granted only where it has room beside the static one.
cudaError_t check_limits(KernelCall& call) {
  const dim3 block = call.block;
  const dim3 grid = call.grid;
  const std::size_t threads = std::size_t{block.x} * block.y * block.z;
  if (threads == 0 || threads > most_threads || block.z > 64) return cudaErrorInvalidConfiguration;
  if (grid.x > 0x7fffffffU || grid.y > 65535 || grid.z > 65535) return cudaErrorInvalidConfiguration;
  const auto limit = shared_limits().find(call.function);
  const bool asked = limit != shared_limits().end();
  const std::size_t allowed = asked ? limit->second : plain_shared_bytes;
  if (call.dynamic_shared_bytes > allowed) return cudaErrorInvalidValue;
  call.static_shared_limit =
      asked ? std::min(plain_shared_bytes, most_shared_bytes - allowed) : allowed - call.dynamic_shared_bytes;
  return cudaSuccess;
}

std::string argument_of(const KernelCall& call, int parameter) {
  return "argument " + std::to_string(parameter) + " of kernel " + function_name(call.function) + ", launched at " +
         call.where.file_name() + ":" + std::to_string(call.where.line());
}

/// Below it lies no host memory of a position-independent program, but the sanitizers' shadow memory, which two small
/// integers side by side often seem to point to.
constexpr std::uintptr_t lowest_host_address = 0x10008000'0000;

/// Whether the address is mapped in this process. Addresses of user space have 47 bits.
bool mapped(std::uintptr_t address) {
  if (address < lowest_host_address || address >> 47 != 0) return false;
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  unsigned char resident = 0;
  return mincore(reinterpret_cast<void*>(address / page * page), 1, &resident) == 0;
}

}  // namespace

void check_pointer(const void* pointer, std::size_t alignment, int parameter, const KernelCall& call) {
  if (pointer == nullptr) return;
  if (find_allocation(pointer) == nullptr) {
    fault(argument_of(call, parameter) + ": expected device memory, found " + describe_pointer(pointer));
  }
  if (reinterpret_cast<std::uintptr_t>(pointer) % alignment != 0) {
    fault(argument_of(call, parameter) + ": " + describe_pointer(pointer) + " is not aligned to " +
          std::to_string(alignment) + " bytes");
  }
}

void check_words(const void* value, std::size_t bytes, int parameter, const KernelCall& call) {
  const auto* const data = static_cast<const char*>(value);
  for (std::size_t at = 0; at + sizeof(std::uintptr_t) <= bytes; at += sizeof(std::uintptr_t)) {
    std::uintptr_t word = 0;
    std::memcpy(&word, data + at, sizeof word);
    const auto* const pointer = reinterpret_cast<const void*>(word);
    if (find_allocation(pointer) != nullptr) continue;
    if (find_freed(pointer) == nullptr && !mapped(word)) continue;
    fault(argument_of(call, parameter) + ": byte " + std::to_string(at) + " holds the address of " +
          describe_pointer(pointer) + ", expected device memory");
  }
}

cudaError_t launch_kernel(KernelCall call, cudaStream_t stream) {
  const ApiScope scope;
  if (const cudaError_t error = check_limits(call); error != cudaSuccess) return result(error);
  if (call.parameter_bytes > most_parameter_bytes) {
    fault("kernel " + function_name(call.function) + ": " + std::to_string(call.parameter_bytes) +
          " bytes of parameters, at most " + std::to_string(most_parameter_bytes));
  }
  call.check(call.invocation.get(), call);
  return result(enqueue(stream, {"kernel", [call = std::move(call)] {
                                   call.check(call.invocation.get(), call);
                                   KernelRun(call).run();
                                 }}));
}

}  // namespace emulation

using namespace emulation;

cudaError_t cudaFuncSetAttribute(const void* function, cudaFuncAttribute attribute, int value) {
  const ApiScope scope;
  if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) return result(cudaSuccess);
  if (value < 0 || static_cast<std::size_t>(value) > most_shared_bytes) return result(cudaErrorInvalidValue);
  shared_limits()[function] = static_cast<std::size_t>(value);
  return result(cudaSuccess);
}
