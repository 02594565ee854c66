// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kernels/backend.hpp"
#include "kernels/math/philox.hpp"

namespace minnow::engine {

/// What random numbers are drawn for in making and splitting data: the `layer` of their Philox counters.
enum class SyntheticStream : std::uint32_t {
  digit_shape = 0,
  digit_noise = 1,
  blob_center = 2,
  blob_point = 3,
  validation_row = 4
};

/// The random numbers of one row, in order: a function of (seed, stream, row) alone.
class RandomSequence {
 public:
  RandomSequence(std::uint64_t seed, SyntheticStream stream, std::uint32_t row)
      : seed_(seed), stream_(static_cast<std::uint32_t>(stream)), row_(row) {}

  std::uint32_t bits() {
    if (next_ % 4 == 0) {
      block_ =
          math::random_block(seed_, static_cast<std::uint32_t>(kernels::Purpose::synthetic), stream_, row_, next_ / 4);
    }
    return block_.word[next_++ % 4];
  }
  /// In [0, 1).
  float uniform() { return math::to_uniform(bits()); }
  float uniform(float low, float high) { return math::to_uniform(bits(), low, high); }
  /// In [0, count); the bias is below count / 2^32.
  int below(int count) { return static_cast<int>(std::uint64_t{bits()} * static_cast<std::uint64_t>(count) >> 32); }

 private:
  std::uint64_t seed_;
  std::uint32_t stream_;
  std::uint32_t row_;
  std::uint32_t next_ = 0;
  math::PhiloxWords block_ = {};
};

}  // namespace minnow::engine
