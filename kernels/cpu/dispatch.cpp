// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/dispatch.hpp"

#include <cstdlib>
#include <string>

#include "minnow/error.hpp"

namespace minnow::kernels::cpu {
namespace {

#if defined(__x86_64__)
// The features that -march=x86-64-v3 and -v4 let the compiler use.
// (clang 14 cannot ask for F16C, LZCNT and MOVBE; every processor with AVX2, BMI2 and FMA has them.)
bool supports_v3() {
  return __builtin_cpu_supports("sse3") && __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.1") &&
         __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("avx") &&
         __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("fma");
}

bool supports_v4() {
  return supports_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

#else
bool supports_v3() {
  return false;
}
bool supports_v4() {
  return false;
}
#endif

constexpr Isa all_isas[] = {Isa::scalar, Isa::avx2, Isa::avx512};

}  // namespace

std::string_view name_of(Isa isa) {
  switch (isa) {
    case Isa::scalar:
      return "scalar";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
  }
  return "unknown";
}

bool is_supported(Isa isa) {
  switch (isa) {
    case Isa::scalar:
      return true;
    case Isa::avx2:
      return supports_v3();
    case Isa::avx512:
      return supports_v4();
  }
  return false;
}

Isa choose_isa() {
  if (const char* forced = std::getenv("MINNOW_ISA"); forced != nullptr && *forced != '\0') {
    for (Isa isa : all_isas) {
      if (name_of(isa) != forced) continue;
      if (is_supported(isa)) return isa;
      throw UsageError("MINNOW_ISA is \"" + std::string(forced) +
                       "\", which this processor does not support; unset it to use the best supported");
    }
    throw UsageError("MINNOW_ISA is \"" + std::string(forced).substr(0, 200) +
                     "\", expected \"scalar\", \"avx2\" or \"avx512\"");
  }
  if (is_supported(Isa::avx512)) return Isa::avx512;
  return is_supported(Isa::avx2) ? Isa::avx2 : Isa::scalar;
}

const KernelTable& kernels_for(Isa isa) {
  switch (isa) {
    case Isa::scalar:
      return scalar::kernel_table();
#if defined(__x86_64__)
    case Isa::avx2:
      return avx2::kernel_table();
    case Isa::avx512:
      return avx512::kernel_table();
#else
    default:
      break;
#endif
  }
  throw InternalError("kernels_for: not an Isa value");
}

}  // namespace minnow::kernels::cpu
