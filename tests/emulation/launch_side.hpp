// SPDX-License-Identifier: Apache-2.0
// A kernel launch as the emulation sees it. Used by the twin of kernels/cuda/launch.cuh only.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <memory>
#include <tuple>
#include <type_traits>

#include "kernels/source_location.hpp"

namespace emulation {

struct KernelCall {
  const void* function = nullptr;
  dim3 grid = 1;
  dim3 block = 1;
  std::size_t dynamic_shared_bytes = 0;
  std::size_t static_shared_limit = 0;  ///< what is left for static shared memory; set by launch_kernel
  std::size_t parameter_bytes = 0;
  minnow::SourceLocation where;
  std::shared_ptr<const void> invocation;                                   ///< kernel and arguments, by value
  void (*invoke)(const void* invocation) = nullptr;                         ///< runs one thread
  void (*check)(const void* invocation, const KernelCall& call) = nullptr;  ///< throws Fault on a bad argument
};

/// Queues or runs the call, or captures it; what a real launch would refuse returns its error code.
cudaError_t launch_kernel(KernelCall call, cudaStream_t stream);

/// Throws Fault unless `pointer` is null, or points into (or just behind) live device or pinned memory and is aligned.
void check_pointer(const void* pointer, std::size_t alignment, int parameter, const KernelCall& call);
/// The same for an aggregate: throws if an aligned word of it is the address of memory that a kernel must not touch.
void check_words(const void* value, std::size_t bytes, int parameter, const KernelCall& call);

template <class T>
void check_argument(const T& argument, int parameter, const KernelCall& call) {
  if constexpr (std::is_pointer_v<T>) {
    std::size_t alignment = 1;
    if constexpr (!std::is_void_v<std::remove_pointer_t<T>>) alignment = alignof(std::remove_pointer_t<T>);
    check_pointer(static_cast<const void*>(argument), alignment, parameter, call);
  } else if constexpr (std::is_class_v<T>) {
#if __has_builtin(__builtin_clear_padding)  // clang cannot tell what stands in padding by chance from an argument
    T copy = argument;
    __builtin_clear_padding(&copy);
    check_words(&copy, sizeof(T), parameter, call);
#endif
  }
}

template <class... Parameters>
struct Invocation {
  static_assert((std::is_trivially_copyable_v<Parameters> && ...), "a kernel parameter is a trivially copyable value");

  void (*kernel)(Parameters...);
  std::tuple<Parameters...> arguments;

  /// As the compiler lays them out: each at the next multiple of its alignment.
  static constexpr std::size_t parameter_bytes() {
    std::size_t bytes = 0;
    ((bytes = (bytes + alignof(Parameters) - 1) / alignof(Parameters) * alignof(Parameters) + sizeof(Parameters)), ...);
    return bytes;
  }
  static void invoke(const void* invocation) {
    const auto& self = *static_cast<const Invocation*>(invocation);
    std::apply(self.kernel, self.arguments);
  }
  static void check(const void* invocation, const KernelCall& call) {
    std::apply(
        [&call](const auto&... values) {
          int parameter = 0;
          (check_argument(values, parameter++, call), ...);
        },
        static_cast<const Invocation*>(invocation)->arguments);
  }
};

}  // namespace emulation
