// SPDX-License-Identifier: Apache-2.0
/// The backends that an op's tests run on: the reference, the CPU's on each instruction set with one and two threads,
/// and CUDA in both numerics.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/backend.hpp"

namespace minnow::test {

struct BackendCase {
  std::string name;         ///< an identifier: "cpu_avx2_2"
  std::string unavailable;  ///< why it cannot run here; empty if it can
  std::function<std::unique_ptr<kernels::Backend>()> make;
  bool strict = true;  ///< every sum in the specified order: the bits of cpu_scalar_1 are expected
};

const std::vector<BackendCase>& backend_cases();
/// Those in float whose bits are specified.
std::vector<BackendCase> strict_backend_cases();
/// cuda_strict and cuda_fast.
std::vector<BackendCase> cuda_cases();
std::vector<BackendCase> strict_cuda_cases();

/// For INSTANTIATE_TEST_SUITE_P.
std::string backend_case_name(const testing::TestParamInfo<BackendCase>& info);
void PrintTo(const BackendCase& backend_case, std::ostream* out);

/// Runs each test on the backend of its parameter, or skips it saying why it cannot.
class BackendTest : public testing::TestWithParam<BackendCase> {
 protected:
  void SetUp() override;
  kernels::Backend& backend() { return *backend_; }
  /// The double oracle.
  kernels::Backend& reference() { return *reference_; }
  /// The float backend whose bits every strict float backend has: one thread, no vector instructions.
  kernels::Backend& scalar() { return *scalar_; }
  bool is_float() { return backend_->real_size() == sizeof(float); }
  /// Whether the bits of scalar() are expected.
  bool has_scalar_bits() { return is_float() && GetParam().strict; }

 private:
  std::unique_ptr<kernels::Backend> backend_, reference_, scalar_;
};

}  // namespace minnow::test
