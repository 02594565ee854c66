// SPDX-License-Identifier: Apache-2.0
/// The shapes of strict_gemm's blocks, for the kernel and for the cost model that picks one.
#pragma once

#include "kernels/cuda/ops.hpp"

namespace minnow::kernels::cuda {

/// A block owns a square tile of C. Each of its `groups` thread groups covers the whole tile, `thread` x `thread`
/// elements per thread, and sums every groups-th chunk.
struct TilingShape {
  int tile;
  int thread;
  int groups;
  bool deep;  ///< its threads have registers for the third level of the sum
};

constexpr TilingShape shape_of(Tiling tiling) {
  switch (tiling) {
    case Tiling::tile128:
      return {128, 8, 1, false};
    case Tiling::tile64:
      return {64, 4, 1, true};
    case Tiling::tile32:
      return {32, 4, 1, false};
    case Tiling::tile32_split:
      return {32, 4, 4, true};
    case Tiling::tile16:
      return {16, 2, 1, true};
    case Tiling::tile16_split:
      return {16, 2, 8, true};
  }
  return {};
}

}  // namespace minnow::kernels::cuda
