// SPDX-License-Identifier: Apache-2.0
/// What an epoch's predictions leave behind besides the tally: counts and sums in device memory, of the same layout on
/// host and device, in every backend.
#pragma once

#include <cstdint>

#include "kernels/math/prediction.hpp"

namespace minnow::kernels {

/// Of rows with labels. Model m's integers stand at values + m * size(): confusion(label, predicted), the rows with
/// fewer than k outputs above the label's at top(), and of two classes a histogram of scores at score(label, bin).
struct ClassCounts {
  std::uint32_t* values = nullptr;  ///< [M, size()]
  int classes = 0;                  ///< C >= 2, more than any label
  int k = 1;
  float boundary = 0.5f;  ///< a single output above it stands for class 1 of two
  bool logits = true;     ///< of a softmax: the second less the first is the score of two, else the second

  /// Calls raise(index) for every integer that counts this row, of whose classes `above` are above the label.
  template <class T, class Raise>
  MINNOW_HD void count(const T* outputs, int cols, int label, int predicted, int above, const Raise& raise) const {
    raise(confusion(label, predicted));
    if (above < k) raise(top());
    if (classes == 2) raise(score(label, math::score_bin(math::score_of(outputs, cols, logits))));
  }

  MINNOW_HD std::int64_t confusion(int label, int predicted) const { return std::int64_t{label} * classes + predicted; }
  MINNOW_HD std::int64_t top() const { return std::int64_t{classes} * classes; }
  MINNOW_HD std::int64_t score(int label, int bin) const {
    return top() + 1 + std::int64_t{label} * math::score_bins + bin;
  }
  MINNOW_HD std::int64_t size() const { return classes == 2 ? score(classes, 0) : top() + 1; }
};

/// Of one output over the rows, in reals, then added up in double.
struct ErrorSum {
  double absolute = 0;  ///< |y - target|
  double squared = 0;
};

}  // namespace minnow::kernels
