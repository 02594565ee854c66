// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/cuda/chunk_totals.cuh"
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"
#include "kernels/math/summation.hpp"
#include "kernels/math/update_rule.hpp"

namespace minnow::kernels::cuda {

namespace {

constexpr unsigned chunk_threads = 32;  // a small net has few chunks: many small blocks spread them

/// A thread's chain is one chunk. Its neighbors' lines stay in the first-level cache until they have read them whole.
__global__ void chunk_squares_kernel(Matrices<float> chunk_sums, Matrices<const float> gradients, std::int64_t elements,
                                     int chunks) {
  const int chunk = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (chunk >= chunks) return;
  const std::int64_t first = static_cast<std::int64_t>(chunk) * sum_chunk;
  float sum = 0;
#pragma unroll 8
  for (std::int64_t i = first; i < first + sum_chunk; i += 4) {
    const Quad quad = load_quad(gradients.model(), i, elements);  // 0 behind the end, which changes no sum
    for (int k = 0; k < 4; ++k) sum = math::fma(quad.v[k], quad.v[k], sum);
  }
  chunk_sums.model()[chunk] = sum;
}

/// One block per model. A thread adds the 128 chunks of a group, the first thread the groups.
__global__ void clip_scale_kernel(Matrices<const float> chunk_sums, ModelState* models, int chunks) {
  MINNOW_SHARED(float, group_sums, [sum_chunk]);
  const int thread = static_cast<int>(threadIdx.x), groups = chunk_count(chunks);
  math::ChunkedSum<float> total;
  for (int first = 0; first < groups; first += sum_chunk) {
    const int group = first + thread;
    if (group < groups) {
      const int begin = group * sum_chunk;
      group_sums[thread] = math::sum_of_group(chunk_sums.model() + begin, min(sum_chunk, chunks - begin));
    }
    __syncthreads();
    for (int i = 0; thread == 0 && i < min(sum_chunk, groups - first); ++i) total.add(group_sums[i]);
    __syncthreads();  // the next groups overwrite these
  }
  if (thread != 0) return;
  ModelState& model = models[blockIdx.y];
  model.rates.gradient_scale = math::clip_scale(model.optimizer, total.result());
}

}  // namespace

void clip_norm(cudaStream_t stream, const View& chunk_sums, const ConstView& gradients, ModelState* models) {
  const int chunks = chunk_sums.cols;
  launch({.grid = grid_of(ceil_div(chunks, chunk_threads), gradients.models), .block = chunk_threads, .stream = stream},
         chunk_squares_kernel, matrices(chunk_sums), matrices(gradients), gradients.elements(), chunks);
  launch({.grid = grid_of(1, gradients.models), .block = sum_chunk, .stream = stream}, clip_scale_kernel,
         matrices(ConstView(chunk_sums)), models, chunks);
}

}  // namespace minnow::kernels::cuda
