// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/backends.hpp"

namespace minnow::test {

/// cuda_strict and cuda_fast; none where CUDA was not compiled in.
inline std::vector<BackendCase> cuda_cases() {
  std::vector<BackendCase> cases = backend_cases();
  std::erase_if(cases, [](const BackendCase& c) { return !c.name.starts_with("cuda"); });
  return cases;
}

}  // namespace minnow::test
