// SPDX-License-Identifier: Apache-2.0
/// Analytic gradients against central differences of the double-precision reference.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "minnow/config.hpp"

namespace minnow {

struct GradientCheckOptions {
  Loss loss = {};
  bool sample_weights = false;  ///< draw a weight in [0.5, 1.5) for each row
  int batch = 5;
  int models = 1;          ///< checked side by side
  std::uint64_t seed = 1;  ///< of parameters, data and dropout masks
  int elements = 0;        ///< per tensor, evenly spread, and the one with the largest gradient; 0: all of them
};

/// One parameter tensor of one model on one device.
struct TensorCheck {
  std::string tensor;
  int model = 0;
  double error = 0;      ///< worst |analytic - numeric| / scale of the tensor's gradient; NaN if any value was NaN
  double limit = 0;      ///< what `error` must stay within; derived, see docs/numerics.md
  int row = 0, col = 0;  ///< where
  double analytic = 0, numeric = 0;
};

struct GradientCheck {
  std::string device;  ///< "reference", "cpu", "cuda:0"
  bool passed = false;
  TensorCheck worst;  ///< of `tensors`, the one that comes closest to its limit or lies furthest beyond; NaN first
  std::vector<TensorCheck> tensors;
};

/// Checks `network` on one device on drawn data. Throws UsageError for a network that is not valid.
GradientCheck check_gradients(const Network& network, const GradientCheckOptions& options, const Runtime& runtime);

}  // namespace minnow
