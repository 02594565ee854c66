// SPDX-License-Identifier: Apache-2.0
// Prints one hash per formula. Built several times, with different flags; compare_bits.cmake compares the outputs.
#include <cstdio>

#include "tests/math/bit_sweep.hpp"

namespace {

/// Whether this processor has the instructions that this program was compiled for.
bool supported() {
#if defined(__AVX512F__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
#elif defined(__AVX2__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return true;
#endif
}

}  // namespace

int main() {
  if (!supported()) {
    std::puts("unsupported");
    return 77;
  }
  using namespace minnow::math_tests;
  HostRunner runner;
  const auto print = [](const std::string& name, std::uint64_t hash) {
    std::printf("%016llx %s\n", static_cast<unsigned long long>(hash), name.c_str());
  };
  BitSweep<HostRunner>(runner, 256, print).all();
  return 0;
}
