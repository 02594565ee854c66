// SPDX-License-Identifier: Apache-2.0
/// The rule for every sum: one order, a function of the length alone, so that tiling, vector width, threads and grid
/// cannot change a bit. Ascending, in chunks of 128; chunk sums are added in groups of 128, group sums likewise.
#pragma once

#include <cstdint>

#include "kernels/math/elementary.hpp"

namespace minnow::math {

inline constexpr std::int64_t sum_chunk = 128;                    ///< elements of a chunk
inline constexpr std::int64_t sum_group = sum_chunk * sum_chunk;  ///< elements of a group of chunks
inline constexpr std::int64_t sum_limit = sum_chunk * sum_group;  ///< longer sums are refused

/// One sum, element by element. A chunk's chain starts from +0, a group's and the total from its first chunk or group.
template <class T>
class ChunkedSum {
 public:
  MINNOW_HD void add(T x) {
    chunk_ = chunk_ + x;
    count();
  }
  MINNOW_HD void add_product(T a, T b) {
    chunk_ = fma(a, b, chunk_);
    count();
  }
  MINNOW_HD T result() const {
    ChunkedSum rest = *this;
    if (rest.in_chunk_ != 0) rest.close_chunk();
    if (rest.chunks_ != 0) rest.close_group();
    return rest.total_;
  }

 private:
  MINNOW_HD void count() {
    if (++in_chunk_ == sum_chunk) close_chunk();
  }
  MINNOW_HD void close_chunk() {
    group_ = chunks_ == 0 ? chunk_ : group_ + chunk_;
    chunk_ = T(0);
    in_chunk_ = 0;
    if (++chunks_ == sum_chunk) close_group();
  }
  MINNOW_HD void close_group() {
    total_ = groups_ == 0 ? group_ : total_ + group_;
    chunks_ = 0;
    ++groups_;
  }

  T chunk_ = T(0);
  T group_ = T(0);
  T total_ = T(0);
  std::int32_t in_chunk_ = 0;
  std::int32_t chunks_ = 0;
  std::int32_t groups_ = 0;
};

/// The sum of a group's `count` chunk sums, 1 to 128 of them.
template <class T>
MINNOW_HD T sum_of_group(const T* chunk_sums, std::int64_t count) {
  T sum = chunk_sums[0];
  for (std::int64_t i = 1; i < count; ++i) sum = sum + chunk_sums[i];
  return sum;
}

}  // namespace minnow::math
