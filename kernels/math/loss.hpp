// SPDX-License-Identifier: Apache-2.0
/// Softmax cross-entropy and mean squared error, in pieces: the ops only walk rows and sum by the summation rule.
#pragma once

#include <cstdint>

#include "kernels/math/elementary.hpp"

namespace minnow::math {

/// For one row of logits x[C]: largest = max x; weight_j = softmax_weight(x_j); sum = their sum by the rule;
/// probability_j = weight_j / sum. Subtracting the largest keeps exp from overflowing.
template <class T>
MINNOW_HD T softmax_weight(T logit, T largest) {
  return exp(logit - largest);
}
template <class T>
MINNOW_HD T softmax_probability(T weight, T sum) {
  return weight / sum;
}

struct CrossEntropy {
  /// -log softmax(x)_label = log(sum) - (x_label - largest): never the logarithm of a rounded probability.
  template <class T>
  static MINNOW_HD T loss(T label_logit, T largest, T sum) {
    return log(sum) - (label_logit - largest);
  }
  /// d(mean loss over the batch) / d logit_j = (probability_j - [j == label]) / B.
  template <class T>
  static MINNOW_HD T slope(T probability, bool is_label, T inverse_batch) {
    return (probability - (is_label ? T(1) : T(0))) * inverse_batch;
  }
  template <class T>
  static MINNOW_HD T inverse_batch(std::int64_t batch) {
    return T(1) / static_cast<T>(batch);
  }
};

struct MeanSquaredError {
  /// One element's share of the loss sum; the mean is taken over all B * O elements (torch.nn.MSELoss).
  template <class T>
  static MINNOW_HD T loss(T y, T target) {
    const T difference = y - target;
    return difference * difference;
  }
  /// d(mean loss) / dy = (y - target) * slope_scale.
  template <class T>
  static MINNOW_HD T slope(T y, T target, T slope_scale) {
    return (y - target) * slope_scale;
  }
  template <class T>
  static MINNOW_HD T slope_scale(std::int64_t elements) {
    return T(2) / static_cast<T>(elements);
  }
};

/// Whether a loss is neither NaN nor infinite.
template <class T>
MINNOW_HD bool is_finite(T x) {
  return x - x == T(0);
}

}  // namespace minnow::math
