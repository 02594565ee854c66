// SPDX-License-Identifier: Apache-2.0
/// What strict_gemm is made of: panels of both operands in shared memory, and the fma chains of one thread's elements.
#pragma once

#include "kernels/cuda/chunk_totals.cuh"
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/strict_gemm_tiling.hpp"
#include "kernels/math/elementary.hpp"

namespace minnow::kernels::cuda {

/// Depth of the panels in shared memory; divides a chunk, so that no panel straddles two of them.
inline constexpr int slice = 16;

/// A tiling as the kernel sees it.
template <Tiling tiling>
struct Shape {
  static constexpr int tile = shape_of(tiling).tile;
  static constexpr int thread = shape_of(tiling).thread;
  static constexpr int groups = shape_of(tiling).groups;
  static constexpr bool deep = shape_of(tiling).deep;
  static constexpr int side = tile / thread;
  static constexpr int group_threads = side * side;
  static constexpr int threads = group_threads * groups;
  static constexpr int blocks =
      thread > 4 ? 1 : 512 / threads;     ///< per multiprocessor: 128 registers per thread, or 255
  static constexpr int pitch = tile + 4;  ///< of a panel's line: keeps 16-byte alignment, spreads the banks
  static constexpr int panel = slice * pitch;
  static constexpr int group_panels = 4 * panel;  ///< A and B, double-buffered
  static constexpr int width = thread < 4 ? thread : 4;
  static constexpr int shared_quads = groups * group_panels / 4;
  static_assert(groups == 1 || groups * tile * tile <= groups * group_panels, "the exchange reuses the panels");
};

/// line[first .. first + 3] where below `limit`, else 0.
__device__ inline float4 load_four(const float* line, int first, int limit, bool aligned) {
  if (aligned && first + 4 <= limit) return *reinterpret_cast<const float4*>(line + first);
  float4 four = make_float4(0, 0, 0, 0);
  if (first < limit) four.x = line[first];
  if (first + 1 < limit) four.y = line[first + 1];
  if (first + 2 < limit) four.z = line[first + 2];
  if (first + 3 < limit) four.w = line[first + 3];
  return four;
}

/// Brings panels [slice, tile] of an operand to shared memory through registers. `along_depth`: the operand is stored
/// [extent, depth] (A as it is, B transposed); else [depth, extent].
template <class S, bool along_depth>
struct Loader {
  static constexpr int quads = slice * S::tile / 4 / S::group_threads;
  static constexpr int per_line = along_depth ? slice / 4 : S::tile / 4;
  float4 held[quads];

  /// Positions of quad q: `line` counts rows of the operand, `first` the elements along them.
  __device__ static int line(int q, int thread) { return (q * S::group_threads + thread) / per_line; }
  __device__ static int first(int q, int thread) { return (q * S::group_threads + thread) % per_line * 4; }

  __device__ void load(const float* matrix, int position, int extent, int k, int depth, int thread) {
    const int pitch = along_depth ? depth : extent;
    const bool aligned = pitch % 4 == 0 && has_aligned_quads(matrix);
#pragma unroll
    for (int q = 0; q < quads; ++q) {
      const int row = (along_depth ? position : k) + line(q, thread);
      const int column = (along_depth ? k : position) + first(q, thread);
      held[q] = row < (along_depth ? extent : depth)
                    ? load_four(matrix + static_cast<std::int64_t>(row) * pitch, column, pitch, aligned)
                    : make_float4(0, 0, 0, 0);
    }
  }

  __device__ void store(float* panel, int thread) const {
#pragma unroll
    for (int q = 0; q < quads; ++q) {
      if constexpr (along_depth) {
        float* column = panel + first(q, thread) * S::pitch + line(q, thread);
        column[0] = held[q].x;
        column[S::pitch] = held[q].y;
        column[2 * S::pitch] = held[q].z;
        column[3 * S::pitch] = held[q].w;
      } else {
        *reinterpret_cast<float4*>(panel + line(q, thread) * S::pitch + first(q, thread)) = held[q];
      }
    }
  }
};

/// Element i of a thread's fragment stands at this place of the tile: runs of `width`, spread so that neighbouring
/// threads read neighbouring runs.
template <class S>
__device__ constexpr int place(int i, int thread) {
  return i / S::width * (S::tile / (S::thread / S::width)) + thread * S::width + i % S::width;
}

template <class S>
__device__ void load_fragment(float (&fragment)[S::thread], const float* line, int thread) {
#pragma unroll
  for (int i = 0; i < S::thread; i += S::width) {
    if constexpr (S::width == 4) {
      const float4 run = *reinterpret_cast<const float4*>(line + place<S>(i, thread));
      fragment[i] = run.x, fragment[i + 1] = run.y, fragment[i + 2] = run.z, fragment[i + 3] = run.w;
    } else {
      const float2 run = *reinterpret_cast<const float2*>(line + place<S>(i, thread));
      fragment[i] = run.x, fragment[i + 1] = run.y;
    }
  }
}

template <class S>
using Tile = float[S::thread][S::thread];

template <class S>
__device__ void multiply_line(Tile<S>& sums, const float* a_line, const float* b_line, int ty, int tx) {
  float a[S::thread], b[S::thread];
  load_fragment<S>(a, a_line, ty);
  load_fragment<S>(b, b_line, tx);
#pragma unroll
  for (int i = 0; i < S::thread; ++i) {
#pragma unroll
    for (int j = 0; j < S::thread; ++j) sums[i][j] = math::fma(a[i], b[j], sums[i][j]);
  }
}

/// Continues the chains by the `count` lines of two panels. Lines beyond the depth are left out, not added as zeros:
/// adding +0 would turn a sum of -0 into +0.
template <class S>
__device__ void multiply_panels(Tile<S>& sums, const float* a, const float* b, int count, int ty, int tx) {
  if (count >= slice) {
#pragma unroll
    for (int k = 0; k < slice; ++k) multiply_line<S>(sums, a + k * S::pitch, b + k * S::pitch, ty, tx);
  } else {
#pragma unroll 1
    for (int k = 0; k < count; ++k) multiply_line<S>(sums, a + k * S::pitch, b + k * S::pitch, ty, tx);
  }
}

}  // namespace minnow::kernels::cuda
