// SPDX-License-Identifier: Apache-2.0
/// What kernels share: views as kernel arguments, four elements at a time, and grids over elements and models.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "kernels/cuda/device.cuh"
#include "kernels/view.hpp"
#include "minnow/error.hpp"

namespace minnow::kernels::cuda {

/// A view's pointer as a kernel argument. blockIdx.y is the model in every kernel.
template <class T>
struct Matrices {
  T* data = nullptr;
  std::int64_t stride = 0;

  __device__ T* model() const { return data + static_cast<std::int64_t>(blockIdx.y) * stride; }
};

inline Matrices<float> matrices(const View& view) {
  if (!view) return {};
  return {view.data<float>(), view.stride};
}
inline Matrices<const float> matrices(const ConstView& view) {
  if (!view) return {};
  return {view.data<float>(), view.stride};
}

/// Whether x[0], x[4], x[8], ... can be read and written 16 bytes at a time.
__device__ inline bool has_aligned_quads(const float* x) {
  return reinterpret_cast<std::uintptr_t>(x) % 16 == 0;
}

/// Grid of `blocks` blocks for each model.
inline dim3 grid_of(std::int64_t blocks, int models) {
  constexpr std::int64_t most_blocks = std::numeric_limits<std::int32_t>::max();
  constexpr int most_models = 65535;
  if (blocks > most_blocks || models > most_models) {
    throw UsageError("cuda: a launch of " + std::to_string(blocks) + " blocks for each of " + std::to_string(models) +
                     " models, expected at most " + std::to_string(most_blocks) + " and " +
                     std::to_string(most_models) + "; train fewer models at once");
  }
  return dim3(static_cast<unsigned>(blocks), static_cast<unsigned>(models));
}

constexpr std::int64_t ceil_div(std::int64_t count, std::int64_t size) {
  return (count + size - 1) / size;
}

/// Elementwise kernels: one thread for the elements 4q to 4q + 3 of row-major x[m], the four of one Philox counter.
inline constexpr int quad_threads = 128;

inline dim3 quad_grid(const ConstView& x) {
  return grid_of(ceil_div(x.elements(), 4 * quad_threads), x.models);
}

__device__ inline std::int64_t first_of_quad() {
  return 4 * (static_cast<std::int64_t>(blockIdx.x) * quad_threads + threadIdx.x);
}

struct Quad {
  float v[4];
};

/// Elements first to first + 3 of x, as far as they are below `elements`; the others are 0.
__device__ inline Quad load_quad(const float* x, std::int64_t first, std::int64_t elements) {
  if (has_aligned_quads(x) && first + 4 <= elements) {
    const float4 quad = *reinterpret_cast<const float4*>(x + first);
    return {{quad.x, quad.y, quad.z, quad.w}};
  }
  Quad quad = {};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if (first + i < elements) quad.v[i] = x[first + i];
  }
  return quad;
}

__device__ inline void store_quad(float* x, std::int64_t first, std::int64_t elements, const Quad& quad) {
  if (has_aligned_quads(x) && first + 4 <= elements) {
    *reinterpret_cast<float4*>(x + first) = make_float4(quad.v[0], quad.v[1], quad.v[2], quad.v[3]);
    return;
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if (first + i < elements) x[first + i] = quad.v[i];
  }
}

}  // namespace minnow::kernels::cuda
