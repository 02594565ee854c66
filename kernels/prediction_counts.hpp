// SPDX-License-Identifier: Apache-2.0
/// What an epoch's predictions leave behind besides the tally: counts and sums in device memory, of the same layout on
/// host and device, in every backend.
#pragma once

#include <cstdint>

#include "kernels/math/elementary.hpp"

namespace minnow::kernels {

/// Bins of a histogram of scores.
inline constexpr int score_bins = 4096;

/// The score's bin: 8 of them to every power of two and sign, ascending. NaN lies beyond the infinities, on the side of
/// its sign.
MINNOW_HD int score_bin(float score) {
  const auto pattern = math::bits<std::uint32_t>(score + 0.0f);  // -0 becomes +0
  const std::uint32_t ascending = pattern >> 31 != 0 ? ~pattern : pattern | 0x80000000u;
  return static_cast<int>(ascending >> 20);
}

/// Of rows with labels. Model m's integers stand at values + m * size(): confusion(label, predicted), the rows with
/// fewer than k outputs above the label's at top(), and of two classes a histogram of scores at score(label, bin).
struct ClassCounts {
  std::uint32_t* values = nullptr;  ///< [M, size()]
  int classes = 0;                  ///< C >= 2, more than any label
  int k = 1;
  float boundary = 0.5f;  ///< a single output above it stands for class 1 of two
  bool logits = true;     ///< of a softmax: the second less the first is the score of two, else the second

  /// What the row's probability of class 1 rises with.
  template <class T>
  MINNOW_HD float score_of(const T* outputs, int cols) const {
    return static_cast<float>(cols == 1 ? outputs[0] : logits ? outputs[1] - outputs[0] : outputs[1]);
  }
  MINNOW_HD std::int64_t confusion(int label, int predicted) const { return std::int64_t{label} * classes + predicted; }
  MINNOW_HD std::int64_t top() const { return std::int64_t{classes} * classes; }
  MINNOW_HD std::int64_t score(int label, int bin) const { return top() + 1 + std::int64_t{label} * score_bins + bin; }
  MINNOW_HD std::int64_t size() const { return classes == 2 ? score(classes, 0) : top() + 1; }
};

/// Of one output over the rows, in reals, then added up in double.
struct ErrorSum {
  double absolute = 0;  ///< |y - target|
  double squared = 0;
};

}  // namespace minnow::kernels
