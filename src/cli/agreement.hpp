// SPDX-License-Identifier: Apache-2.0
/// Whether a device trained as the double reference did.
#pragma once

#include <string>
#include <vector>

#include "minnow/minnow.hpp"

namespace minnow::cli {

/// The tensor that comes closest to its limit, or is furthest beyond.
struct Verification {
  std::string device;
  int steps = 0;
  std::string tensor;
  double error = 0;  ///< |w - w_reference| / |w_reference - w_initial|, Euclidean norms over the tensor
  double limit = 0;
  bool passed() const { return error <= limit; }  // false for NaN
};

/// Compares the parameters [M, P] of a workload's models after `steps` steps.
Verification compare_weights(const Workload& workload, const std::vector<float>& initial,
                             const std::vector<float>& expected, const std::vector<float>& actual, int steps);

}  // namespace minnow::cli
