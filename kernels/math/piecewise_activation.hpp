// SPDX-License-Identifier: Apache-2.0
/// Activations made of straight lines (and one parabola), by the definitions of torch.nn, with PyTorch's slopes at the
/// kinks. How a struct is built: kernels/math/activation.hpp. Comparisons are written so that NaN passes through.
#pragma once

#include "kernels/math/activation_struct.hpp"

namespace minnow::math {

struct Linear {
  static constexpr ActivationKind kind = ActivationKind::linear;
  static constexpr std::string_view names[] = {"linear", "identity", "none"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = false;
  double gain() const { return 1; }
  NoKinks kinks() const { return {}; }
  // clang-format off
  template <class T> MINNOW_HD T forward(T z) const { return z; }
  template <class T> MINNOW_HD T slope(T /*z*/, T /*y*/) const { return T(1); }
  // clang-format on
};

struct Relu {
  static constexpr ActivationKind kind = ActivationKind::relu;
  static constexpr std::string_view names[] = {"relu", "rectifier"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = false;
  double gain() const { return root_two; }
  Kinks<1> kinks() const { return {0}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    return z <= T(0) ? T(0) : z;
  }
  template <class T>
  MINNOW_HD T slope(T /*z*/, T y) const {
    return y <= T(0) ? T(0) : T(1);
  }
};

/// z within [0, 6]; slope 0 at both ends.
struct Relu6 {
  static constexpr ActivationKind kind = ActivationKind::relu6;
  static constexpr std::string_view names[] = {"relu6"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = false;
  double gain() const { return root_two; }
  Kinks<2> kinks() const { return {0, 6}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    return clamp(z, T(0), T(6));
  }
  template <class T>
  MINNOW_HD T slope(T /*z*/, T y) const {
    return y <= T(0) || y >= T(6) ? T(0) : T(1);
  }
};

/// A negative slope below 0 would make the output ambiguous, from which the slope is taken.
struct LeakyRelu {
  static constexpr ActivationKind kind = ActivationKind::leaky_relu;
  static constexpr std::string_view names[] = {"leaky_relu"};
  static constexpr Parameters<1> parameters = {{{"negative_slope", 0.01f, 0.0f}}};
  static constexpr bool needs_input = false;
  float negative_slope = parameters[0].initial;
  double gain() const {
    return std::sqrt(2 / (1 + static_cast<double>(negative_slope) * static_cast<double>(negative_slope)));
  }
  Kinks<1> kinks() const { return {0}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    return z > T(0) ? z : z * static_cast<T>(negative_slope);
  }
  template <class T>
  MINNOW_HD T slope(T /*z*/, T y) const {
    return y > T(0) ? T(1) : static_cast<T>(negative_slope);
  }
};

/// z relu6(z + 3) / 6; slope -1/2 at -3 and 3/2 at 3.
struct HardSwish {
  static constexpr ActivationKind kind = ActivationKind::hardswish;
  static constexpr std::string_view names[] = {"hardswish", "hard_silu"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = true;
  double gain() const { return root_two; }
  Kinks<2> kinks() const { return {-3, 3}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    return z * (clamp(z + T(3), T(0), T(6)) / T(6));
  }
  template <class T>
  MINNOW_HD T slope(T z, T /*y*/) const {
    const T middle = z / T(3) + T(0.5);
    return z < T(-3) ? T(0) : (z > T(3) ? T(1) : middle);
  }
};

/// relu6(z + 3) / 6; slope 0 at both ends.
struct HardSigmoid {
  static constexpr ActivationKind kind = ActivationKind::hardsigmoid;
  static constexpr std::string_view names[] = {"hardsigmoid"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = false;
  double gain() const { return 1; }
  Kinks<2> kinks() const { return {-3, 3}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    return clamp(z + T(3), T(0), T(6)) / T(6);
  }
  template <class T>
  MINNOW_HD T slope(T /*z*/, T y) const {
    return y <= T(0) || y >= T(1) ? T(0) : T(1) / T(6);
  }
};

/// z within [min, max], min < max; slope 0 at both ends.
struct HardTanh {
  static constexpr ActivationKind kind = ActivationKind::hardtanh;
  static constexpr std::string_view names[] = {"hardtanh"};
  static constexpr Parameters<2> parameters = {{{"min", -1.0f}, {"max", 1.0f}}};
  static constexpr bool needs_input = false;
  float minimum = parameters[0].initial;
  float maximum = parameters[1].initial;
  double gain() const { return 5.0 / 3; }
  Kinks<2> kinks() const { return {minimum, maximum}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    return clamp(z, static_cast<T>(minimum), static_cast<T>(maximum));
  }
  template <class T>
  MINNOW_HD T slope(T /*z*/, T y) const {
    return y <= static_cast<T>(minimum) || y >= static_cast<T>(maximum) ? T(0) : T(1);
  }
};

/// z - lambda above lambda, z + lambda below -lambda, else 0; slope 0 at +-lambda.
struct SoftShrink {
  static constexpr ActivationKind kind = ActivationKind::softshrink;
  static constexpr std::string_view names[] = {"softshrink"};
  static constexpr Parameters<1> parameters = {{{"lambda", 0.5f, 0.0f}}};
  static constexpr bool needs_input = false;
  float lambda = parameters[0].initial;
  double gain() const { return 1; }
  Kinks<2> kinks() const { return {-lambda, lambda}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    const T l = static_cast<T>(lambda);
    return z > l ? z - l : (z >= -l ? T(0) : z + l);
  }
  template <class T>
  MINNOW_HD T slope(T /*z*/, T y) const {
    return y == T(0) ? T(0) : T(1);
  }
};

/// z outside [-lambda, lambda], else 0; slope 0 at +-lambda.
struct HardShrink {
  static constexpr ActivationKind kind = ActivationKind::hardshrink;
  static constexpr std::string_view names[] = {"hardshrink"};
  static constexpr Parameters<1> parameters = {{{"lambda", 0.5f, 0.0f}}};
  static constexpr bool needs_input = false;
  float lambda = parameters[0].initial;
  double gain() const { return 1; }
  Kinks<2> kinks() const { return {-lambda, lambda}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    const T l = static_cast<T>(lambda);
    return z >= -l && z <= l ? T(0) : z;
  }
  template <class T>
  MINNOW_HD T slope(T /*z*/, T y) const {
    return y == T(0) ? T(0) : T(1);
  }
};

/// z above the threshold, else `value`; slope 0 at the threshold.
struct Threshold {
  static constexpr ActivationKind kind = ActivationKind::threshold;
  static constexpr std::string_view names[] = {"threshold"};
  static constexpr Parameters<2> parameters = {{{"threshold", 0.0f}, {"value", 0.0f}}};
  static constexpr bool needs_input = true;
  float threshold = parameters[0].initial;
  float value = parameters[1].initial;
  double gain() const { return root_two; }
  Kinks<1> kinks() const { return {threshold}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    return z <= static_cast<T>(threshold) ? static_cast<T>(value) : z;
  }
  template <class T>
  MINNOW_HD T slope(T z, T /*y*/) const {
    return z <= static_cast<T>(threshold) ? T(0) : T(1);
  }
};

}  // namespace minnow::math
