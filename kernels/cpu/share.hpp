// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "kernels/cpu/isa.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

/// Items first, first + 1, .. last - 1.
struct Range {
  std::size_t first;
  std::size_t last;
};

/// Share `part` of `parts` of `count` items, cut at multiples of `granule`.
MINNOW_INLINE Range share(std::size_t count, std::size_t granule, std::size_t part, std::size_t parts) {
  const std::size_t granules = (count + granule - 1) / granule;
  const std::size_t first = granules * part / parts * granule, last = granules * (part + 1) / parts * granule;
  return {first < count ? first : count, last < count ? last : count};
}

/// The part of `range` (of models * length items) that lies in model m, counted from its own first item.
MINNOW_INLINE Range within_model(Range range, std::size_t m, std::size_t length) {
  const std::size_t begin = m * length, end = begin + length;
  const std::size_t first = range.first > begin ? range.first : begin, last = range.last < end ? range.last : end;
  return first < last ? Range{first - begin, last - begin} : Range{0, 0};
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
