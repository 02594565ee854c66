// SPDX-License-Identifier: Apache-2.0
// Every formula as a kernel of its own, for check_ptx.cmake to read what the compiler made of it. With
// MINNOW_COUNTED_FMA each fma that the source asks for becomes a call: what fma instructions then remain outside of the
// called function, the compiler made by fusing.
#include <cuda_runtime.h>
#include <math.h>

#ifdef MINNOW_COUNTED_FMA
__host__ __device__ __noinline__ float counted_fma(float a, float b, float c) {
  return fmaf(a, b, c);
}
#  define fmaf counted_fma
#endif

#include "tests/math/bit_sweep.hpp"

namespace minnow::math_tests {

template <class Task>
__global__ void formula_kernel(Task task, int count) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < count) task(i);
}

/// Stands where the sweep would run something: asking for the kernel's address is enough to have it compiled.
struct KernelCollector {
  template <class T>
  T* copy(const std::vector<T>&) {
    return nullptr;
  }
  template <class T>
  std::vector<T> read(const T*, std::size_t) {
    return {};
  }
  template <class Task>
  void run(int, Task) {
    kernels.push_back(reinterpret_cast<const void*>(&formula_kernel<Task>));
  }
  std::vector<const void*> kernels;
};

std::size_t formula_kernel_count() {
  KernelCollector collector;
  BitSweep<KernelCollector>(collector, 1, [](const std::string&, std::uint64_t) {}).all();
  return collector.kernels.size();
}

}  // namespace minnow::math_tests
