// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/strict_gemm_tiling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/math/summation.hpp"

namespace minnow::kernels::cuda {

namespace {

/// Cycles of the busiest multiprocessor, the largest of three bounds per element of depth: one warp's instructions in
/// their order, all warps' instructions on four schedulers, and the operands' bytes at 24 per cycle (an estimate for
/// L2: 5.5 TB/s on 132 multiprocessors at 1.75 GHz). Only the ranking matters.
double cost(const TilingShape& shape, const View& c, int depth, int multiprocessors) {
  constexpr double chunk = math::sum_chunk;
  const double tile = shape.tile, thread = shape.thread, groups = shape.groups;
  const double blocks = std::ceil(c.rows / tile) * std::ceil(c.cols / tile) * c.models;
  const double busiest = std::ceil(blocks / multiprocessors);
  const double chunks = std::ceil(depth / chunk);
  const double steps = std::ceil(chunks / groups) * std::min<double>(depth, chunk);
  const double warps = groups * (tile / thread) * (tile / thread) / 32;
  const double instructions = thread * thread + thread / 2 + 2;
  const double bytes = std::min(groups, chunks) * 2 * tile * sizeof(float);
  return steps * std::max({instructions, busiest * warps / 4 * instructions, busiest * bytes / 24});
}

}  // namespace

Tiling choose_tiling(const View& c, int depth, int multiprocessors) {
  Tiling best = Tiling::tile64;  // can do every depth
  double best_cost = std::numeric_limits<double>::infinity();
  for (int t = 0; t < tiling_count; ++t) {
    const auto tiling = static_cast<Tiling>(t);
    const TilingShape shape = shape_of(tiling);
    if (!shape.deep && depth > math::sum_group) continue;
    const double estimate = cost(shape, c, depth, multiprocessors);
    if (!(estimate < best_cost)) continue;
    best = tiling;
    best_cost = estimate;
  }
  return best;
}

}  // namespace minnow::kernels::cuda
