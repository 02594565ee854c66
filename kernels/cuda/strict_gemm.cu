// SPDX-License-Identifier: Apache-2.0
// C[m] = op(A[m]) op(B[m]) in the order of the summation rule: each chunk of 128 products is one fma chain in one
// thread's register. Different chunks may belong to different thread groups of a block; their sums are added in order.
#include "kernels/cuda/gemm_panels.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"

namespace minnow::kernels::cuda {

namespace {

struct Product {
  Matrices<const float> a, b;
  Matrices<float> c;
  int rows, cols, depth, chunks;
};

/// Where a thread stands: in its group, and its block's tile in C.
template <class S>
struct Position {
  int group = static_cast<int>(threadIdx.x) / S::group_threads;
  int thread = static_cast<int>(threadIdx.x) % S::group_threads;
  int ty = thread / S::side;
  int tx = thread % S::side;
  int row, col;

  __device__ explicit Position(int cols) {
    const int tiles = (cols + S::tile - 1) / S::tile;
    row = static_cast<int>(blockIdx.x) / tiles * S::tile;
    col = static_cast<int>(blockIdx.x) % tiles * S::tile;
  }
};

/// The sums of chunk `first + group` for each group. All threads pass the same barriers: the first chunk of a round is
/// never shorter than the others, and a group without a chunk multiplies nothing.
template <class S, bool transpose_a, bool transpose_b>
__device__ void sum_chunks(Tile<S>& sums, const Product& p, const Position<S>& at, float* shared, int first) {
  Loader<S, !transpose_a> a;
  Loader<S, transpose_b> b;
  float* panels = shared + at.group * S::group_panels;
  const int begin = (first + at.group) * sum_chunk;
  const int slices = (min(sum_chunk, p.depth - first * sum_chunk) + slice - 1) / slice;
  a.load(p.a.model(), at.row, p.rows, begin, p.depth, at.thread);
  b.load(p.b.model(), at.col, p.cols, begin, p.depth, at.thread);
  for (int s = 0; s < slices; ++s) {
    float* panel = panels + s % 2 * 2 * S::panel;
    a.store(panel, at.thread);
    b.store(panel + S::panel, at.thread);
    // One barrier per slice: the buffer written here was last read two slices ago, before the previous barrier.
    __syncthreads();
    const int k = begin + s * slice;
    if (s + 1 < slices) {
      a.load(p.a.model(), at.row, p.rows, k + slice, p.depth, at.thread);
      b.load(p.b.model(), at.col, p.cols, k + slice, p.depth, at.thread);
    }
    multiply_panels<S>(sums, panel, panel + S::panel, p.depth - k, at.ty, at.tx);
  }
}

template <class S>
__device__ void store_tile(const Product& p, const Position<S>& at, const Tile<S>& c) {
#pragma unroll
  for (int i = 0; i < S::thread; ++i) {
    const int row = at.row + place<S>(i, at.ty);
    if (row >= p.rows) continue;
    float* line = p.c.model() + static_cast<std::int64_t>(row) * p.cols;
#pragma unroll
    for (int j = 0; j < S::thread; j += S::width) {
      const int col = at.col + place<S>(j, at.tx);
      if constexpr (S::width == 4) {
        store_quad(line, col, p.cols, {{c[i][j], c[i][j + 1], c[i][j + 2], c[i][j + 3]}});
      } else {
        if (col < p.cols) line[col] = c[i][j];
        if (col + 1 < p.cols) line[col + 1] = c[i][j + 1];
      }
    }
  }
}

/// One group: its threads own the totals of the elements whose p.chunks they sum.
template <class S, bool transpose_a, bool transpose_b>
__device__ void product_by_one_group(const Product& p, float* shared) {
  const Position<S> at(p.cols);
  ChunkTotals<S::deep> totals[S::thread][S::thread];
  Tile<S> sums;
  for (int chunk = 0; chunk < p.chunks; ++chunk) {
#pragma unroll
    for (int i = 0; i < S::thread; ++i) {
#pragma unroll
      for (int j = 0; j < S::thread; ++j) sums[i][j] = 0;
    }
    sum_chunks<S, transpose_a, transpose_b>(sums, p, at, shared, chunk);
    __syncthreads();  // the next chunk starts with the first buffer again
#pragma unroll
    for (int i = 0; i < S::thread; ++i) {
#pragma unroll
      for (int j = 0; j < S::thread; ++j) totals[i][j].add(chunk, sums[i][j]);
    }
  }
#pragma unroll
  for (int i = 0; i < S::thread; ++i) {
#pragma unroll
    for (int j = 0; j < S::thread; ++j) sums[i][j] = totals[i][j].result(p.chunks);
  }
  store_tile<S>(p, at, sums);
}

/// Chunk sums [groups, tile, tile] from the groups' registers to shared memory.
template <class S>
__device__ void publish(float* exchange, const Position<S>& at, const Tile<S>& sums) {
  float* tile = exchange + at.group * S::tile * S::tile;
#pragma unroll
  for (int i = 0; i < S::thread; ++i) {
#pragma unroll
    for (int j = 0; j < S::thread; ++j) tile[place<S>(i, at.ty) * S::tile + place<S>(j, at.tx)] = sums[i][j];
  }
}

/// Several groups: after each round of one chunk per group, the totals' owners, spread over the block, add the round's
/// sums in order.
template <class S, bool transpose_a, bool transpose_b>
__device__ void product_by_groups(const Product& p, float* shared) {
  const Position<S> at(p.cols);
  constexpr int outputs = S::threads < S::tile * S::tile ? S::tile * S::tile / S::threads : 1;
  const bool owner = static_cast<int>(threadIdx.x) < S::tile * S::tile;
  ChunkTotals<S::deep> totals[outputs];
  for (int first = 0; first < p.chunks; first += S::groups) {
    Tile<S> sums = {};
    sum_chunks<S, transpose_a, transpose_b>(sums, p, at, shared, first);
    __syncthreads();  // the exchange overwrites the panels
    publish<S>(shared, at, sums);
    __syncthreads();
#pragma unroll
    for (int o = 0; o < outputs; ++o) {
      const int element = o * S::threads + static_cast<int>(threadIdx.x);
      for (int group = 0; owner && group < min(S::groups, p.chunks - first); ++group) {
        totals[o].add(first + group, shared[group * S::tile * S::tile + element]);
      }
    }
    __syncthreads();  // the next round's panels overwrite the exchange
  }
#pragma unroll
  for (int o = 0; o < outputs; ++o) {
    const int element = o * S::threads + static_cast<int>(threadIdx.x);
    const int row = at.row + element / S::tile, col = at.col + element % S::tile;
    if (owner && row < p.rows && col < p.cols) {
      p.c.model()[static_cast<std::int64_t>(row) * p.cols + col] = totals[o].result(p.chunks);
    }
  }
}

template <class S, bool transpose_a, bool transpose_b>
__global__ void __launch_bounds__(S::threads, S::blocks) strict_gemm_kernel(Product p) {
  MINNOW_SHARED(float4, storage, [S::shared_quads]);
  float* shared = reinterpret_cast<float*>(storage);
  if constexpr (S::groups == 1) {
    product_by_one_group<S, transpose_a, transpose_b>(p, shared);
  } else {
    product_by_groups<S, transpose_a, transpose_b>(p, shared);
  }
}

template <class S>
void launch_product(cudaStream_t stream, const Product& p, int models, bool transpose_a, bool transpose_b) {
  const auto run = [&](void (*kernel)(Product)) {
    launch({.grid = grid_of(ceil_div(p.rows, S::tile) * ceil_div(p.cols, S::tile), models),
            .block = S::threads,
            .stream = stream},
           kernel, p);
  };
  if (transpose_a) {
    run(transpose_b ? strict_gemm_kernel<S, true, true> : strict_gemm_kernel<S, true, false>);
  } else {
    run(transpose_b ? strict_gemm_kernel<S, false, true> : strict_gemm_kernel<S, false, false>);
  }
}

}  // namespace

void strict_gemm(cudaStream_t stream, const View& c, const ConstView& a, bool transpose_a, const ConstView& b,
                 bool transpose_b, Tiling tiling) {
  const int depth = transpose_a ? a.rows : a.cols;
  const Product p{matrices(a), matrices(b), matrices(c), c.rows, c.cols, depth, chunk_count(depth)};
  const auto run = [&]<Tiling choice>() {
    launch_product<Shape<choice>>(stream, p, c.models, transpose_a, transpose_b);
  };
  switch (tiling) {
    case Tiling::tile128:
      return run.template operator()<Tiling::tile128>();
    case Tiling::tile64:
      return run.template operator()<Tiling::tile64>();
    case Tiling::tile32:
      return run.template operator()<Tiling::tile32>();
    case Tiling::tile32_split:
      return run.template operator()<Tiling::tile32_split>();
    case Tiling::tile16:
      return run.template operator()<Tiling::tile16>();
    case Tiling::tile16_split:
      return run.template operator()<Tiling::tile16_split>();
  }
}

}  // namespace minnow::kernels::cuda
