// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "kernels/math/activation.hpp"
#include "minnow/config.hpp"

namespace minnow::test {

/// Every elementwise activation, with its default parameters and, where it has some, with others.
inline std::vector<Activation> elementwise_activations() {
  std::vector<Activation> all;
  for (int i = 0; i < activation_count; ++i) {
    const auto kind = static_cast<ActivationKind>(i);
    if (kind == ActivationKind::softmax) continue;
    all.push_back(make_activation(kind));
    switch (kind) {
      case ActivationKind::leaky_relu:
        all.push_back({kind, 0.3f, 0});
        break;
      case ActivationKind::elu:
      case ActivationKind::celu:
        all.push_back({kind, 1.7f, 0});
        break;
      case ActivationKind::hardtanh:
        all.push_back({kind, -0.4f, 1.3f});
        break;
      case ActivationKind::threshold:
        all.push_back({kind, 0.4f, -2.0f});
        break;
      default:
        break;
    }
  }
  return all;
}

}  // namespace minnow::test
