// SPDX-License-Identifier: Apache-2.0
#include "src/train/kinks.hpp"

#include "minnow/error.hpp"

namespace minnow::engine {

Kinks kinks_of(const Activation& activation) {
  const auto alpha = static_cast<double>(activation.alpha), beta = static_cast<double>(activation.beta);
  switch (activation.kind) {
    case ActivationKind::relu:
    case ActivationKind::leaky_relu:
    case ActivationKind::elu:
    case ActivationKind::selu:
    case ActivationKind::celu:
    case ActivationKind::softsign:
      return {1, {0}};
    case ActivationKind::relu6:
      return {2, {0, 6}};
    case ActivationKind::hardswish:
    case ActivationKind::hardsigmoid:
      return {2, {-3, 3}};
    case ActivationKind::hardtanh:
      return {2, {alpha, beta}};
    case ActivationKind::softshrink:
    case ActivationKind::hardshrink:
      return {2, {-alpha, alpha}};
    case ActivationKind::threshold:
      return {1, {alpha}};
    case ActivationKind::linear:
    case ActivationKind::gelu:
    case ActivationKind::gelu_tanh:
    case ActivationKind::silu:
    case ActivationKind::mish:
    case ActivationKind::sigmoid:
    case ActivationKind::logsigmoid:
    case ActivationKind::tanh:
    case ActivationKind::tanhshrink:
    case ActivationKind::softplus:
    case ActivationKind::softmax:
      return {};
  }
  throw InternalError("kinks_of: unknown activation " + std::to_string(static_cast<int>(activation.kind)));
}

}  // namespace minnow::engine
