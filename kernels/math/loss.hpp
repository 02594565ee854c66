// SPDX-License-Identifier: Apache-2.0
/// Every loss, once: a struct with its names (the first is the one Minnow writes) and its formulas; the ops only walk
/// rows and sum by the summation rule. `head` turns its inputs into probabilities. An elementwise loss has `loss(y,
/// target)`, beside it its derivative `slope(y, target)` by y, `kinks`, the differences y - target at which slope or
/// curvature jump, and `boundary`: a single output above it stands for class 1. To add one: an enumerator in
/// config.hpp, a struct, a case in `visit`.
///
/// A batch's loss is a weighted mean: sum of weight * loss over sum of weight, where a row's weight is its sample's
/// times, for cross-entropy, its class's (1 unless given), and an element has its row's.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kernels/math/elementary.hpp"
#include "kernels/math/parameter.hpp"
#include "kernels/math/unknown_kind.hpp"
#include "minnow/config.hpp"

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

/// What a row's slopes are multiplied by: its weight over the sum of all; 0 where that sum is 0.
template <class T>
MINNOW_HD T mean_factor(T weight, T total) {
  return total > T(0) ? weight / total : T(0);
}

/// Label y smoothed by s (Szegedy et al., Rethinking the Inception architecture, 2016) and weighted by class weights w,
/// as torch.nn.CrossEntropyLoss has it: class j is wanted by (1 - s) w_y [j == y] + s / C w_j.
template <class T>
struct ClassShares {
  T label;   ///< (1 - s) w_y
  T spread;  ///< s / C
  T total;   ///< of all classes

  static MINNOW_HD ClassShares of(float smoothing, T label_weight, T weight_sum, int classes) {
    const T label = (T(1) - static_cast<T>(smoothing)) * label_weight;
    const T spread = static_cast<T>(smoothing) / static_cast<T>(classes);
    return {label, spread, fma(spread, weight_sum, label)};
  }
};

struct CrossEntropy {
  static constexpr LossKind kind = LossKind::cross_entropy;
  static constexpr std::string_view names[] = {
      "cross_entropy",      "categorical_crossentropy", "sparse_categorical_crossentropy",
      "cross_entropy_loss", "softmax_cross_entropy",    "log_loss"};
  static constexpr Head head = Head::softmax;
  static constexpr NoParameters parameters = {};

  /// -log softmax(x)_j = log(sum) - (x_j - largest): never the logarithm of a rounded probability.
  template <class T>
  static MINNOW_HD T loss(T logit, T largest, T log_sum) {
    return log_sum - (logit - largest);
  }
  /// A row's loss from that of its label and the sum of weight_j * loss_j over its classes.
  template <class T>
  static MINNOW_HD T row_loss(const ClassShares<T>& shares, T label_loss, T weighted_losses) {
    return fma(shares.spread, weighted_losses, shares.label * label_loss);
  }
  /// d(row loss) / d logit_j.
  template <class T>
  static MINNOW_HD T slope(const ClassShares<T>& shares, T probability, bool is_label, T class_weight) {
    return probability * shares.total - fma(shares.spread, class_weight, is_label ? shares.label : T(0));
  }
};

/// Binary cross-entropy of sigmoid(y), from the logit y: -(t log p + (1 - t) log(1 - p)) (torch.nn.BCEWithLogitsLoss).
struct BinaryCrossEntropy {
  static constexpr LossKind kind = LossKind::bce;
  static constexpr std::string_view names[] = {"bce",      "binary_crossentropy", "binary_cross_entropy",
                                               "bce_loss", "bce_with_logits",     "bce_with_logits_loss"};
  static constexpr Head head = Head::sigmoid;
  static constexpr NoParameters parameters = {};
  static constexpr float boundary = 0;
  std::array<float, 0> kinks() const { return {}; }

  template <class T>
  MINNOW_HD T loss(T y, T target) const {
    return max(T(0), y) - y * target + log1p(exp(-abs(y)));
  }
  template <class T>
  MINNOW_HD T slope(T y, T target) const {
    return logistic(y).value - target;
  }
};

struct MeanSquaredError {
  static constexpr LossKind kind = LossKind::mse;
  static constexpr std::string_view names[] = {"mse", "mean_squared_error", "mse_loss", "squared_error", "l2_loss"};
  static constexpr Head head = Head::none;
  static constexpr NoParameters parameters = {};
  static constexpr float boundary = 0.5f;
  std::array<float, 0> kinks() const { return {}; }

  template <class T>
  MINNOW_HD T loss(T y, T target) const {
    const T difference = y - target;
    return difference * difference;
  }
  template <class T>
  MINNOW_HD T slope(T y, T target) const {
    return T(2) * (y - target);
  }
};

/// Slope 0 at y == target.
struct MeanAbsoluteError {
  static constexpr LossKind kind = LossKind::mae;
  static constexpr std::string_view names[] = {"mae", "mean_absolute_error", "absolute_error", "l1", "l1_loss"};
  static constexpr Head head = Head::none;
  static constexpr NoParameters parameters = {};
  static constexpr float boundary = 0.5f;
  std::array<float, 1> kinks() const { return {0}; }

  template <class T>
  MINNOW_HD T loss(T y, T target) const {
    return abs(y - target);
  }
  template <class T>
  MINNOW_HD T slope(T y, T target) const {
    const T difference = y - target;
    return difference > T(0) ? T(1) : difference < T(0) ? T(-1) : difference;
  }
};

/// Huber (1964): half the square up to delta, linear beyond (torch.nn.HuberLoss).
struct Huber {
  static constexpr LossKind kind = LossKind::huber;
  static constexpr std::string_view names[] = {"huber", "huber_loss"};
  static constexpr Head head = Head::none;
  static constexpr Parameters<1> parameters = {{{"delta", 1, positive}}};
  static constexpr std::string_view meaning = "where it becomes linear";  // of the parameter, for help
  static constexpr float boundary = 0.5f;
  float delta = parameters[0].initial;
  std::array<float, 2> kinks() const { return {-delta, delta}; }

  template <class T>
  MINNOW_HD T loss(T y, T target) const {
    const T distance = abs(y - target), limit = static_cast<T>(delta);
    const T near = T(0.5) * distance * distance, far = limit * (distance - T(0.5) * limit);
    return distance <= limit ? near : far;
  }
  template <class T>
  MINNOW_HD T slope(T y, T target) const {
    return clamp(y - target, -static_cast<T>(delta), static_cast<T>(delta));
  }
};

/// f(struct of `kind`), CrossEntropy included, with its parameter where it has one. No default case: the compiler finds
/// a forgotten enumerator.
template <class F>
inline __attribute__((always_inline)) decltype(auto) visit(LossKind kind, float parameter, F&& f) {
  switch (kind) {
    case LossKind::cross_entropy:
      return f(CrossEntropy{});
    case LossKind::bce:
      return f(BinaryCrossEntropy{});
    case LossKind::mse:
      return f(MeanSquaredError{});
    case LossKind::mae:
      return f(MeanAbsoluteError{});
    case LossKind::huber:
      return f(Huber{parameter});
  }
  unknown_kind("visit: no such LossKind");
}

/// Loss::parameter as it is where nobody chose it.
inline float default_parameter(LossKind kind) {
  return visit(kind, 1, [](auto formula) {
    if constexpr (decltype(formula)::parameters.size() > 0) {
      return decltype(formula)::parameters[0].initial;
    } else {
      return Loss{}.parameter;
    }
  });
}

/// f(struct of `kind`) for elementwise ones; throws InternalError for cross_entropy.
template <class F>
inline __attribute__((always_inline)) decltype(auto) visit_elementwise(LossKind kind, float parameter, F&& f) {
  using Result = decltype(f(MeanSquaredError{}));
  return visit(kind, parameter, [&](auto formula) -> Result {
    if constexpr (decltype(formula)::kind == LossKind::cross_entropy) {
      unknown_kind("visit_elementwise: cross_entropy is not elementwise; use softmax_cross_entropy");
    } else {
      return f(formula);
    }
  });
}

/// Whether a loss is neither NaN nor infinite.
template <class T>
MINNOW_HD bool is_finite(T x) {
  return x - x == T(0);
}

}  // namespace minnow::math
