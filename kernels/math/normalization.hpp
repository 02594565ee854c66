// SPDX-License-Identifier: Apache-2.0
/// Batch normalization (Ioffe, Szegedy, ICML 2015) and layer normalization (Ba, Kiros, Hinton, 2016), as
/// torch.nn.BatchNorm1d and torch.nn.LayerNorm: the ops only walk groups of elements (a column of the batch, or a row)
/// and sum by the summation rule. A group of n elements has mean m = sum x / n and the biased variance
/// v = sum (x - m)^2 / n; its elements become gamma * (x - m) / sqrt(v + epsilon) + beta.
#pragma once

#include <cstdint>

#include "kernels/math/elementary.hpp"

namespace minnow::math {

struct Normalization {
  template <class T>
  static MINNOW_HD T mean(T sum, std::int64_t n) {
    return sum / static_cast<T>(n);
  }
  template <class T>
  static MINNOW_HD T squared_deviation(T x, T mean) {
    return (x - mean) * (x - mean);
  }
  template <class T>
  static MINNOW_HD T inverse_deviation(T variance, T epsilon) {
    return T(1) / sqrt(variance + epsilon);
  }
  template <class T>
  static MINNOW_HD T normalized(T x, T mean, T inverse_deviation) {
    return (x - mean) * inverse_deviation;
  }
  template <class T>
  static MINNOW_HD T output(T normalized, T gamma, T beta) {
    return fma(gamma, normalized, beta);
  }
  /// dx of one element, for g = gamma dy: inverse_deviation * (g - mean(g) - normalized * mean(g normalized)).
  template <class T>
  static MINNOW_HD T slope(T g, T normalized, T mean_g, T mean_g_normalized, T inverse_deviation) {
    return inverse_deviation * (g - fma(normalized, mean_g_normalized, mean_g));
  }
  /// Running statistics move towards a batch's by `momentum`; the variance is then the unbiased one.
  template <class T>
  static MINNOW_HD T moved(T running, T batch, T momentum) {
    return fma(momentum, batch - running, running);
  }
  template <class T>
  static MINNOW_HD T unbiased(T variance, std::int64_t n) {
    return variance * (static_cast<T>(n) / static_cast<T>(n - 1));
  }
};

}  // namespace minnow::math
