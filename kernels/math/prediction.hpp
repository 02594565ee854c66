// SPDX-License-Identifier: Apache-2.0
/// What a row of outputs predicts, for every backend. A warp of the device searches a row side by side and finds the
/// same (kernels/cuda/rows.cuh).
#pragma once

#include <cstdint>

#include "kernels/math/elementary.hpp"

namespace minnow::math {

/// Column of a row's largest element, the first of equals; 0 if the row starts with NaN.
template <class T>
MINNOW_HD int index_of_largest(const T* x, int cols) {
  int best = 0;
  for (int c = 1; c < cols; ++c) best = x[c] > x[best] ? c : best;
  return best;
}

/// A single output above the boundary stands for class 1 of two.
template <class T>
MINNOW_HD int class_of_single(T output, float boundary) {
  return output > static_cast<T>(boundary) ? 1 : 0;
}

template <class T>
MINNOW_HD int predicted_class(const T* outputs, int cols, float boundary) {
  return cols == 1 ? class_of_single(outputs[0], boundary) : index_of_largest(outputs, cols);
}

/// Whether a row puts a class above its label: unless it is surely below or equal, so that NaN is no hit.
template <class T>
MINNOW_HD bool is_above(T output, T output_of_label) {
  return !(output <= output_of_label);
}

/// How many classes a row puts above its label.
template <class T>
MINNOW_HD int classes_above(const T* outputs, int cols, int label, int predicted) {
  if (cols == 1) return predicted != label ? 1 : 0;
  int above = 0;
  for (int c = 0; c < cols; ++c) above += is_above(outputs[c], outputs[label]) ? 1 : 0;
  return above;
}

/// What the row's probability of class 1 of two rises with; `logits` of a softmax tell it by their difference.
template <class T>
MINNOW_HD float score_of(const T* outputs, int cols, bool logits) {
  return static_cast<float>(cols == 1 ? outputs[0] : logits ? outputs[1] - outputs[0] : outputs[1]);
}

/// An output as it is compared with its target: a logit as its probability.
template <class T>
MINNOW_HD T predicted_value(T output, bool logit) {
  return logit ? logistic(output).value : output;
}

}  // namespace minnow::math
