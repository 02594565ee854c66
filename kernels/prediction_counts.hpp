// SPDX-License-Identifier: Apache-2.0
/// What an epoch's predictions leave behind besides the tally: counts, sums and scores in device memory, of the same
/// layout on host and device, in every backend.
#pragma once

#include <cstdint>

#include "kernels/math/prediction.hpp"

namespace minnow::kernels {

/// A row of two classes, for the area under the ROC curve.
struct ScoredRow {
  float score = 0;  ///< what the row's probability of class 1 rises with
  std::int32_t label = 0;
  bool operator==(const ScoredRow&) const = default;
};

/// Of rows with labels. Model m's integers stand at values + m * size(): confusion(label, predicted), and the rows with
/// fewer than k outputs above the label's at top(). Of two classes every row's score is kept where scores are given.
struct ClassCounts {
  std::uint32_t* values = nullptr;  ///< [M, size()]
  ScoredRow* scores = nullptr;      ///< [M, capacity] in the epoch's order, or nullptr: not kept
  std::int64_t capacity = 0;        ///< rows of an epoch
  int classes = 0;                  ///< C >= 2, more than any label
  int k = 1;
  float boundary = 0.5f;  ///< a single output above it stands for class 1 of two
  bool logits = true;     ///< of a softmax: the second less the first is the score of two, else the second

  /// Calls raise(index) for every integer that counts a row, of whose classes `above` are above the label.
  template <class Raise>
  MINNOW_HD void count(int label, int predicted, int above, const Raise& raise) const {
    raise(confusion(label, predicted));
    if (above < k) raise(top());
  }
  /// Model m's row at `position` of the epoch.
  template <class T>
  MINNOW_HD void keep_score(std::int64_t m, std::int64_t position, const T* outputs, int cols, int label) const {
    if (scores != nullptr) scores[m * capacity + position] = {math::score_of(outputs, cols, logits), label};
  }

  MINNOW_HD std::int64_t confusion(int label, int predicted) const { return std::int64_t{label} * classes + predicted; }
  MINNOW_HD std::int64_t top() const { return std::int64_t{classes} * classes; }
  MINNOW_HD std::int64_t size() const { return top() + 1; }
};

/// Of one output over the rows, in reals, then added up in double.
struct ErrorSum {
  double absolute = 0;  ///< |y - target|
  double squared = 0;
};

}  // namespace minnow::kernels
