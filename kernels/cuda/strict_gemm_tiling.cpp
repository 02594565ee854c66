// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/cuda/ops.hpp"

namespace minnow::kernels::cuda {

namespace {

/// A tiling as the cost model sees it.
struct Candidate {
  Tiling tiling;
  double tile;    ///< rows and columns of C of a block
  double thread;  ///< rows and columns of C of a thread
  double groups;  ///< chunks that a block sums side by side
  bool deep;      ///< its threads have registers for the third level of the sum
};
constexpr std::array<Candidate, tiling_count> candidates{{{Tiling::tile128, 128, 8, 1, false},
                                                          {Tiling::tile64, 64, 4, 1, true},
                                                          {Tiling::tile32, 32, 4, 1, false},
                                                          {Tiling::tile32_split, 32, 4, 4, true},
                                                          {Tiling::tile16, 16, 2, 1, true},
                                                          {Tiling::tile16_split, 16, 2, 8, true}}};

constexpr double chunk = 128;
constexpr int deepest_two_levels = 16384;

/// Cycles of the busiest multiprocessor, the largest of three bounds per element of depth: one warp's instructions in
/// their order, all warps' instructions on four schedulers, and the operands' bytes at 24 per cycle (an estimate for
/// L2: 5.5 TB/s on 132 multiprocessors at 1.75 GHz). Only the ranking matters.
double cost(const Candidate& candidate, const View& c, int depth, int multiprocessors) {
  const double blocks = std::ceil(c.rows / candidate.tile) * std::ceil(c.cols / candidate.tile) * c.models;
  const double busiest = std::ceil(blocks / multiprocessors);
  const double chunks = std::ceil(depth / chunk);
  const double steps = std::ceil(chunks / candidate.groups) * std::min<double>(depth, chunk);
  const double warps =
      candidate.groups * (candidate.tile / candidate.thread) * (candidate.tile / candidate.thread) / 32;
  const double instructions = candidate.thread * candidate.thread + candidate.thread / 2 + 2;
  const double active = std::min(candidate.groups, chunks);
  const double bytes = active * 2 * candidate.tile * sizeof(float);
  return steps * std::max({instructions, busiest * warps / 4 * instructions, busiest * bytes / 24});
}

}  // namespace

Tiling choose_tiling(const View& c, int depth, int multiprocessors) {
  const Candidate* best = nullptr;
  double best_cost = 0;
  for (const Candidate& candidate : candidates) {
    if (!candidate.deep && depth > deepest_two_levels) continue;
    const double estimate = cost(candidate, c, depth, multiprocessors);
    if (best != nullptr && !(estimate < best_cost)) continue;
    best = &candidate;
    best_cost = estimate;
  }
  return best->tiling;
}

}  // namespace minnow::kernels::cuda
