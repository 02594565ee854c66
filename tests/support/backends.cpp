// SPDX-License-Identifier: Apache-2.0
#include "tests/support/backends.hpp"

#include <ostream>

#include "kernels/cpu/backend.hpp"

namespace minnow::test {

namespace {

using kernels::cpu::Isa;

/// Less than a user's backend has, so that shapes quick to test are split.
constexpr double flops_worth_a_part = 400e3;

BackendCase cpu_case(Isa isa, int threads) {
  const std::string instructions(kernels::cpu::name_of(isa));
  return {.name = "cpu_" + instructions + "_" + std::to_string(threads),
          .unavailable = kernels::cpu::is_supported(isa) ? "" : "this processor has no " + instructions,
          .make = [isa, threads] { return kernels::cpu::make_cpu_backend(isa, threads, flops_worth_a_part); }};
}

/// Fast numerics leave every product to cuBLAS, a user's only large ones.
BackendCase cuda_case(Numerics numerics) {
  return {.name = "cuda_" + to_string(numerics),
          .unavailable = kernels::cuda_unavailable_reason(),
          .make = [numerics] { return kernels::make_cuda_backend(0, numerics, 0); },
          .strict = numerics == Numerics::strict};
}

std::vector<BackendCase> make_cases() {
  std::vector<BackendCase> cases{{.name = "reference", .unavailable = "", .make = kernels::make_reference_backend}};
  for (Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    for (int threads : {1, 2}) cases.push_back(cpu_case(isa, threads));
  }
  for (Numerics numerics : {Numerics::strict, Numerics::fast}) cases.push_back(cuda_case(numerics));
  return cases;
}

}  // namespace

const std::vector<BackendCase>& backend_cases() {
  static const std::vector<BackendCase> cases = make_cases();
  return cases;
}

std::vector<BackendCase> strict_backend_cases() {
  std::vector<BackendCase> cases = backend_cases();
  std::erase_if(cases, [](const BackendCase& c) { return c.name == "reference" || !c.strict; });
  return cases;
}

std::vector<BackendCase> cuda_cases() {
  std::vector<BackendCase> cases = backend_cases();
  std::erase_if(cases, [](const BackendCase& c) { return !c.name.starts_with("cuda"); });
  return cases;
}

std::vector<BackendCase> strict_cuda_cases() {
  std::vector<BackendCase> cases = cuda_cases();
  std::erase_if(cases, [](const BackendCase& c) { return !c.strict; });
  return cases;
}

std::string backend_case_name(const testing::TestParamInfo<BackendCase>& info) {
  return info.param.name;
}

void PrintTo(const BackendCase& backend_case, std::ostream* out) {
  *out << backend_case.name;
}

void BackendTest::SetUp() {
  if (!GetParam().unavailable.empty()) GTEST_SKIP() << GetParam().name << ": " << GetParam().unavailable;
  backend_ = GetParam().make();
  reference_ = kernels::make_reference_backend();
  scalar_ = kernels::cpu::make_cpu_backend(Isa::scalar, 1);
}

}  // namespace minnow::test
