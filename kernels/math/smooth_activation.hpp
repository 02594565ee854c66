// SPDX-License-Identifier: Apache-2.0
/// Activations made of exponentials, by the definitions of torch.nn; written so that tails keep their relative
/// accuracy and nothing overflows on the way. How a struct is built: kernels/math/activation.hpp.
#pragma once

#include "kernels/math/activation_struct.hpp"

namespace minnow::math {

/// Clevert, Unterthiner, Hochreiter (ICLR 2016): z, or alpha (e^z - 1) for z <= 0.
struct Elu {
  static constexpr ActivationKind kind = ActivationKind::elu;
  static constexpr std::string_view names[] = {"elu"};
  static constexpr Parameters<1> parameters = {{{"alpha", 1.0f, 0.0f}}};
  static constexpr bool needs_input = false;
  float alpha = parameters[0].initial;
  double gain() const { return root_two; }
  Kinks<1> kinks() const { return {0}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    const T negative = static_cast<T>(alpha) * expm1(z);
    return z > T(0) ? z : negative;
  }
  template <class T>
  MINNOW_HD T slope(T /*z*/, T y) const {
    return y > T(0) ? T(1) : y + static_cast<T>(alpha);
  }
};

/// Klambauer, Unterthiner, Mayr, Hochreiter (NIPS 2017): scale * elu with the alpha that keeps mean 0 and variance 1.
struct Selu {
  static constexpr ActivationKind kind = ActivationKind::selu;
  static constexpr std::string_view names[] = {"selu"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = false;
  static constexpr double scale = 1.0507009873554804934193349852946;
  static constexpr double scaled_alpha = 1.6732632423543772848170429916717 * scale;
  double gain() const { return 0.75; }
  Kinks<1> kinks() const { return {0}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    const T negative = static_cast<T>(scaled_alpha) * expm1(z);
    return z > T(0) ? static_cast<T>(scale) * z : negative;
  }
  template <class T>
  MINNOW_HD T slope(T /*z*/, T y) const {
    return y > T(0) ? static_cast<T>(scale) : y + static_cast<T>(scaled_alpha);
  }
};

/// Barron (2017): z, or alpha (e^(z / alpha) - 1) for z <= 0: its slope is continuous for every alpha.
struct Celu {
  static constexpr ActivationKind kind = ActivationKind::celu;
  static constexpr std::string_view names[] = {"celu"};
  static constexpr Parameters<1> parameters = {{{"alpha", 1.0f, positive}}};
  static constexpr bool needs_input = false;
  float alpha = parameters[0].initial;
  double gain() const { return root_two; }
  Kinks<1> kinks() const { return {0}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    const T negative = static_cast<T>(alpha) * expm1(z / static_cast<T>(alpha));
    return z > T(0) ? z : negative;
  }
  template <class T>
  MINNOW_HD T slope(T /*z*/, T y) const {
    const T negative = y / static_cast<T>(alpha) + T(1);
    return y > T(0) ? T(1) : negative;
  }
};

/// Hendrycks, Gimpel (2016): z Phi(z), with the distribution function of the standard normal.
struct Gelu {
  static constexpr ActivationKind kind = ActivationKind::gelu;
  static constexpr std::string_view names[] = {"gelu", "gelu_erf", "gelu_none"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = true;
  double gain() const { return root_two; }
  NoKinks kinks() const { return {}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    return z * normal_distribution(z).cdf;
  }
  template <class T>
  MINNOW_HD T slope(T z, T /*y*/) const {
    const Normal<T> normal = normal_distribution(z);
    return fma(z, normal.density, normal.cdf);
  }
};

/// gelu's approximation z (1 + tanh u) / 2 = z / (1 + e^(-2u)), u = sqrt(2 / pi) (z + 0.044715 z^3).
struct GeluTanh {
  static constexpr ActivationKind kind = ActivationKind::gelu_tanh;
  static constexpr std::string_view names[] = {"gelu_tanh", "gelu_approximate", "gelu_new", "gelu_pytorch_tanh"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = true;
  static constexpr double linear = 1.5957691216057307117597842397375;  ///< 2 sqrt(2 / pi)
  static constexpr double cubic = 0.044715 * linear;
  double gain() const { return root_two; }
  NoKinks kinks() const { return {}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    return z * logistic(twice_u(z)).value;
  }
  template <class T>
  MINNOW_HD T slope(T z, T /*y*/) const {
    const T bounded = bound(z);
    const T twice_u_slope = fma(static_cast<T>(3 * cubic), bounded * bounded, static_cast<T>(linear));
    const Logistic<T> s = logistic(twice_u(z));
    return s.value * fma(bounded * twice_u_slope, s.complement, T(1));
  }

 private:
  /// Beyond +-64 the function is z or 0 in any precision; bounding keeps z^3 finite.
  template <class T>
  static MINNOW_HD T bound(T z) {
    return clamp(z, T(-64), T(64));
  }
  template <class T>
  static MINNOW_HD T twice_u(T z) {
    const T bounded = bound(z);
    return bounded * fma(static_cast<T>(cubic), bounded * bounded, static_cast<T>(linear));
  }
};

/// Elfwing, Uchibe, Doya (2017), also called swish: z sigmoid(z).
struct Silu {
  static constexpr ActivationKind kind = ActivationKind::silu;
  static constexpr std::string_view names[] = {"silu", "swish"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = true;
  double gain() const { return root_two; }
  NoKinks kinks() const { return {}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    return z * logistic(z).value;
  }
  template <class T>
  MINNOW_HD T slope(T z, T /*y*/) const {
    const Logistic<T> s = logistic(z);
    return s.value * fma(z, s.complement, T(1));
  }
};

/// Misra (BMVC 2020): z tanh(softplus(z)) = z n / (n + 2), n = e^z (e^z + 2).
struct Mish {
  static constexpr ActivationKind kind = ActivationKind::mish;
  static constexpr std::string_view names[] = {"mish"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = true;
  double gain() const { return root_two; }
  NoKinks kinks() const { return {}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    const T e = exp(min(T(largest), z));
    const T n = e * (e + T(2));
    const T y = z * (n / (n + T(2)));
    return z > T(largest) ? z : y;
  }
  /// With d = 1 / (n + 2): n d + z 4 e (1 + e) d^2.
  template <class T>
  MINNOW_HD T slope(T z, T /*y*/) const {
    const T e = exp(min(T(largest), z));
    const T n = e * (e + T(2));
    const T d = T(1) / (n + T(2));
    const T slope = d * fma(z * d, T(4) * e * (T(1) + e), n);
    return z > T(largest) ? T(1) : slope;
  }

 private:
  static constexpr double largest = 40;  ///< beyond, 1 - tanh(softplus(z)) < 1e-34
};

struct Sigmoid {
  static constexpr ActivationKind kind = ActivationKind::sigmoid;
  static constexpr std::string_view names[] = {"sigmoid", "logistic"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = false;
  double gain() const { return 1; }
  NoKinks kinks() const { return {}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    return logistic(z).value;
  }
  template <class T>
  MINNOW_HD T slope(T /*z*/, T y) const {
    return y * (T(1) - y);
  }
};

/// log(sigmoid(z)); slope 1 - sigmoid(z) = -(e^y - 1).
struct LogSigmoid {
  static constexpr ActivationKind kind = ActivationKind::logsigmoid;
  static constexpr std::string_view names[] = {"logsigmoid"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = false;
  double gain() const { return 1; }
  NoKinks kinks() const { return {}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    return min(T(0), z) - log1p(exp(-abs(z)));
  }
  template <class T>
  MINNOW_HD T slope(T /*z*/, T y) const {
    return -expm1(y);
  }
};

struct Tanh {
  static constexpr ActivationKind kind = ActivationKind::tanh;
  static constexpr std::string_view names[] = {"tanh"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = false;
  double gain() const { return 5.0 / 3; }
  NoKinks kinks() const { return {}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    return math::tanh(z);
  }
  template <class T>
  MINNOW_HD T slope(T /*z*/, T y) const {
    return fma(-y, y, T(1));
  }
};

/// z - tanh(z); slope tanh(z)^2.
struct TanhShrink {
  static constexpr ActivationKind kind = ActivationKind::tanhshrink;
  static constexpr std::string_view names[] = {"tanhshrink"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = true;
  double gain() const { return 1; }
  NoKinks kinks() const { return {}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    return tanh_shrink(z);
  }
  template <class T>
  MINNOW_HD T slope(T z, T /*y*/) const {
    const T t = math::tanh(z);
    return t * t;
  }
};

/// log(1 + e^(beta z)) / beta, and z where beta z > 20. Slope sigmoid(beta z) = -(e^(-beta y) - 1).
struct Softplus {
  static constexpr ActivationKind kind = ActivationKind::softplus;
  static constexpr std::string_view names[] = {"softplus"};
  static constexpr Parameters<1> parameters = {{{"beta", 1.0f, positive}}};
  static constexpr bool needs_input = false;
  float beta = parameters[0].initial;
  double gain() const { return root_two; }
  NoKinks kinks() const { return {}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    const T scaled = static_cast<T>(beta) * z;
    const T curve = log1p(exp(min(T(threshold), scaled))) / static_cast<T>(beta);
    return scaled > T(threshold) ? z : curve;
  }
  template <class T>
  MINNOW_HD T slope(T /*z*/, T y) const {
    const T scaled = static_cast<T>(beta) * y;
    const T curve = -expm1(-scaled);
    return scaled > T(threshold) ? T(1) : curve;
  }

 private:
  static constexpr double threshold = 20;
};

/// z / (1 + |z|); slope 1 / (1 + |z|)^2 = (1 - |y|)^2.
struct Softsign {
  static constexpr ActivationKind kind = ActivationKind::softsign;
  static constexpr std::string_view names[] = {"softsign"};
  static constexpr NoParameters parameters = {};
  static constexpr bool needs_input = false;
  double gain() const { return 1; }
  Kinks<1> kinks() const { return {0}; }

  template <class T>
  MINNOW_HD T forward(T z) const {
    return z / (T(1) + abs(z));
  }
  template <class T>
  MINNOW_HD T slope(T /*z*/, T y) const {
    const T root = T(1) - abs(y);
    return root * root;
  }
};

}  // namespace minnow::math
