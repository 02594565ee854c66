// SPDX-License-Identifier: Apache-2.0
/// Elementary functions with the same bits on every host and device. float: polynomials of our own in explicit fma,
/// and selects instead of branches, so that loops over them vectorize; IEEE add, mul, fma, div and sqrt only. double:
/// the C library's, for the reference. Coefficients: scripts/fit_polynomials.py. Errors: docs/numerics.md.
#pragma once

#include <math.h>

#include <cstdint>

#include "kernels/math/host_device.hpp"

namespace minnow::math {

/// The bit pattern of `from` as a To of the same size.
template <class To, class From>
MINNOW_HD To bits(From from) {
  return __builtin_bit_cast(To, from);
}

// clang-format off
MINNOW_HD float fma(float a, float b, float c) { return ::fmaf(a, b, c); }
MINNOW_HD double fma(double a, double b, double c) { return ::fma(a, b, c); }
MINNOW_HD float sqrt(float x) { return ::sqrtf(x); }
MINNOW_HD double sqrt(double x) { return ::sqrt(x); }
MINNOW_HD float abs(float x) { return ::fabsf(x); }
MINNOW_HD double abs(double x) { return ::fabs(x); }
// clang-format on

/// A NaN as second argument is returned, as first argument ignored.
template <class T>
MINNOW_HD T min(T a, T b) {
  return a < b ? a : b;
}
template <class T>
MINNOW_HD T max(T a, T b) {
  return a > b ? a : b;
}
/// x within [low, high]; NaN stays NaN.
template <class T>
MINNOW_HD T clamp(T x, T low, T high) {
  return min(high, max(low, x));
}

namespace detail {

inline constexpr float infinity = __builtin_inff();
inline constexpr float nan = __builtin_nanf("");
/// Adding 1.5 * 2^23 rounds |x| < 2^22 to an integer, which then stands in the low bits of the sum.
inline constexpr float round_shift = 0x1.8p23f;
inline constexpr float log2_e = 0x1.715476p+0f;

/// c[0] + c[1] x + c[2] x^2 + ... by Horner's rule.
MINNOW_HD float polynomial(float /*x*/, float constant) {
  return constant;
}
template <class... Rest>
MINNOW_HD float polynomial(float x, float constant, Rest... rest) {
  return fma(x, polynomial(x, rest...), constant);
}

/// 2^k for -126 <= k <= 127.
MINNOW_HD float power_of_two(std::int32_t k) {
  return bits<float>(static_cast<std::uint32_t>(k + 127) << 23);
}

/// e^x = 2^exponent (1 + tail), |tail| < 0.42; for |x| < 2^22 ln 2.
struct ExpParts {
  float tail;
  std::int32_t exponent;
};

MINNOW_HD ExpParts exp_parts(float x) {
  const float shifted = fma(x, log2_e, round_shift);
  const float k = shifted - round_shift;
  const float coarse = fma(k, -0x1.62e43p-1f, x);  // exact: k ln 2's leading part and x agree in their high bits
  const float r = fma(k, 0x1.05c61p-29f, coarse);
  const float p = polynomial(r, 0x1p-1f, 0x1.5554bp-3f, 0x1.555486p-5f, 0x1.1227fep-7f, 0x1.6d991cp-10f);
  // Unsigned, here and below: what NaN and negative numbers give is never used, but must not overflow.
  const std::uint32_t exponent = bits<std::uint32_t>(shifted) - bits<std::uint32_t>(round_shift);
  return {fma(r * r, p, r), static_cast<std::int32_t>(exponent)};
}

/// log(u) = exponent ln 2 + log(1 + f), sqrt(1/2) <= 1 + f < sqrt(2); f also takes up `error`: log(u + error).
MINNOW_HD float log_parts(float u, float error, float exponent_offset) {
  constexpr std::uint32_t sqrt_half = 0x3f3504f3;
  const std::uint32_t pattern = bits<std::uint32_t>(u);
  const std::int32_t k = static_cast<std::int32_t>(pattern - sqrt_half) >> 23;
  const float mantissa = bits<float>(pattern - (static_cast<std::uint32_t>(k) << 23));
  const float f = fma(error, power_of_two(-(k < 126 ? k : 126)), mantissa - 1.0f);
  const float p = polynomial(f, -0.5f, 0x1.555546p-2f, -0x1.ffffeep-3f, 0x1.99a546p-3f, -0x1.5562e4p-3f, 0x1.2332c2p-3f,
                             -0x1.fb433p-4f, 0x1.e6508ep-4f, -0x1.e2e984p-4f, 0x1.1b42bp-4f);
  const float n = static_cast<float>(k) + exponent_offset;
  const float low = fma(n, 0x1.7f7d1cp-20f, f * f * p);
  return fma(n, 0x1.62e4p-1f, f + low);  // n ln 2's leading part has 15 + 8 bits: exact
}

/// tanh(x) - x for |x| <= 0.625.
MINNOW_HD float tanh_minus_identity(float x) {
  const float s = x * x;
  return x * s *
         polynomial(s, -0x1.555556p-2f, 0x1.1110ecp-3f, -0x1.ba096p-5f, 0x1.64b22cp-6f, -0x1.119cf2p-7f,
                    0x1.2d53aep-9f);
}

}  // namespace detail

/// Denormal results are kept; overflows to infinity.
MINNOW_HD float exp(float x) {
  const detail::ExpParts parts = detail::exp_parts(clamp(x, -104.0f, 89.0f));
  const std::int32_t half = parts.exponent >> 1;
  // Two factors: the first product is exact, the second rounds once, also to a denormal.
  return (1.0f + parts.tail) * detail::power_of_two(half) * detail::power_of_two(parts.exponent - half);
}
MINNOW_HD double exp(double x) {
  return ::exp(x);
}

/// e^x - 1, accurate near 0.
MINNOW_HD float expm1(float x) {
  const detail::ExpParts parts = detail::exp_parts(clamp(x, -18.0f, 89.0f));
  // Half of 2^exponent (1 + tail) - 1, since 2^128 is no float. Below 2^-24 the result is x, denormals included.
  const float scale = detail::power_of_two(parts.exponent - 1);
  const float result = 2.0f * fma(parts.tail, scale, scale - 0.5f);
  return abs(x) < 0x1p-24f ? x : result;
}
MINNOW_HD double expm1(double x) {
  return ::expm1(x);
}

MINNOW_HD float log(float x) {
  const bool denormal = x < 0x1p-126f;
  const float result = detail::log_parts(denormal ? x * 0x1p23f : x, 0.0f, denormal ? -23.0f : 0.0f);
  const float special = x < 0.0f ? detail::nan : (x == 0.0f ? -detail::infinity : x);
  return x > 0.0f && x < detail::infinity ? result : special;
}
MINNOW_HD double log(double x) {
  return ::log(x);
}

/// log(1 + x), accurate near 0.
MINNOW_HD float log1p(float x) {
  const float u = 1.0f + x;
  const float error = x < 1.0f ? x - (u - 1.0f) : 1.0f - (u - x);
  const float result = detail::log_parts(u, error, 0.0f);
  const float special = x < -1.0f ? detail::nan : (x == -1.0f ? -detail::infinity : x);
  return x > -1.0f && x < detail::infinity ? result : special;
}
MINNOW_HD double log1p(double x) {
  return ::log1p(x);
}

MINNOW_HD float tanh(float x) {
  const float a = abs(x);
  const float large = 1.0f - 2.0f / (exp(2.0f * a) + 1.0f);
  const float small = x + detail::tanh_minus_identity(x);
  return a < 0.625f ? small : ::copysignf(large, x);
}
MINNOW_HD double tanh(double x) {
  return ::tanh(x);
}

/// x - tanh(x), accurate near 0.
MINNOW_HD float tanh_shrink(float x) {
  return abs(x) < 0.625f ? -detail::tanh_minus_identity(x) : x - tanh(x);
}
MINNOW_HD double tanh_shrink(double x) {
  // Near 0 the difference cancels: Taylor's series, whose next term is below 1e-11 of the sum.
  const double s = x * x;
  const double series =
      x * s * (1.0 / 3 - s * (2.0 / 15 - s * (17.0 / 315 - s * (62.0 / 2835 - s * (1382.0 / 155925)))));
  return ::fabs(x) < 0.1 ? series : x - ::tanh(x);
}

/// The standard normal distribution at z: Phi(z), Phi(-z) and Phi'(z).
template <class T>
struct Normal {
  T cdf;
  T complement;
  T density;
};

MINNOW_HD Normal<float> normal_distribution(float z) {
  const float a = min(15.0f, abs(z));
  const float square = a * a;
  const float square_error = fma(a, a, -square);
  const float power = exp(-0.5f * square);
  const float gauss = fma(power, -0.5f * square_error, power);
  const float t = 1.0f / fma(0.25f, a, 1.0f);
  const float p =
      detail::polynomial(t - 0.5f, 0x1.82b4bcp-3f, 0x1.373e38p-2f, 0x1.8c6d9ep-2f, 0x1.7e001ep-2f, 0x1.eed34cp-3f,
                         0x1.ed17dap-5f, -0x1.cc1728p-5f, -0x1.9b261ap-5f, 0x1.6e49e8p-7f, 0x1.196ddep-6f);
  const float tail = gauss * (t * p);
  const float rest = 1.0f - tail;
  return {z < 0.0f ? tail : rest, z < 0.0f ? rest : tail, 0x1.988454p-2f * gauss};
}
MINNOW_HD Normal<double> normal_distribution(double z) {
  constexpr double sqrt_half = 0.70710678118654752440, inverse_sqrt_two_pi = 0.39894228040143267794;
  return {0.5 * ::erfc(-z * sqrt_half), 0.5 * ::erfc(z * sqrt_half), inverse_sqrt_two_pi * ::exp(-0.5 * z * z)};
}

MINNOW_HD float erf(float x) {
  const float s = x * x;
  const float p = detail::polynomial(s, 0x1.06eba8p-3f, -0x1.81273ep-2f, 0x1.ce2d2p-4f, -0x1.b7fbb4p-6f, 0x1.5419f6p-8f,
                                     -0x1.a485f6p-11f, 0x1.4ae4eap-14f);
  const float small = fma(x, p, x);
  const float a = min(4.0f, abs(x));
  const float large = fma(-2.0f, normal_distribution(a * 0x1.6a09e6p+0f).complement, 1.0f);
  return abs(x) < 1.0f ? small : ::copysignf(large, x);
}
MINNOW_HD double erf(double x) {
  return ::erf(x);
}

/// sin(pi x) and cos(pi x).
template <class T>
struct SinCos {
  T sine;
  T cosine;
};

MINNOW_HD SinCos<float> sincospi(float x) {
  // Every float from 2^24 on is an even integer. Below, two exact reductions: by multiples of 256, then of 1/2.
  const float a = abs(x) < 0x1p24f ? x : x * 0.0f;
  const float turns = fma(a, 0x1p-8f, detail::round_shift) - detail::round_shift;
  const float y = fma(turns, -256.0f, a);
  const float shifted = fma(y, 2.0f, detail::round_shift);
  const float r = fma(shifted - detail::round_shift, -0.5f, y);
  const std::uint32_t quadrant = bits<std::uint32_t>(shifted);
  const float s = r * r;
  const float sine_tail = detail::polynomial(s, -0x1.4abbcep+2f, 0x1.466bbcp+1f, -0x1.32cb24p-1f, 0x1.4be68ep-4f);
  const float sine = r * fma(s, sine_tail, 0x1.921fb6p+1f);
  const float cosine =
      detail::polynomial(s, 1.0f, -0x1.3bd3ccp+2f, 0x1.03c1fp+2f, -0x1.55d3bcp+0f, 0x1.e1e85cp-3f, -0x1.a1084cp-6f);
  const bool odd = (quadrant & 1u) != 0;
  const std::uint32_t sine_sign = (quadrant & 2u) << 30;
  const std::uint32_t cosine_sign = ((quadrant + 1u) & 2u) << 30;
  return {bits<float>(bits<std::uint32_t>(odd ? cosine : sine) ^ sine_sign),
          bits<float>(bits<std::uint32_t>(odd ? sine : cosine) ^ cosine_sign)};
}
MINNOW_HD SinCos<double> sincospi(double x) {
  const double half_turns = ::floor(2.0 * x + 0.5);
  const double angle = 3.14159265358979323846 * (x - 0.5 * half_turns);  // in [-pi/4, pi/4]
  const double sine = ::sin(angle), cosine = ::cos(angle);
  const double quadrant = half_turns - 4.0 * ::floor(0.25 * half_turns);
  const bool odd = quadrant == 1 || quadrant == 3;
  const double rotated_sine = odd ? cosine : sine;
  const double rotated_cosine = odd ? sine : cosine;
  return {quadrant >= 2 ? -rotated_sine : rotated_sine,
          quadrant == 1 || quadrant == 2 ? -rotated_cosine : rotated_cosine};
}

template <class T>
MINNOW_HD T sinpi(T x) {
  return sincospi(x).sine;
}
template <class T>
MINNOW_HD T cospi(T x) {
  return sincospi(x).cosine;
}

/// 1 / (1 + e^-x) and its complement 1 / (1 + e^x), both accurate in their tails.
template <class T>
struct Logistic {
  T value;
  T complement;
};

template <class T>
MINNOW_HD Logistic<T> logistic(T x) {
  const T e = exp(-abs(x));
  const T large = T(1) / (T(1) + e);
  const T small = e * large;
  return {x < T(0) ? small : large, x < T(0) ? large : small};
}

}  // namespace minnow::math
