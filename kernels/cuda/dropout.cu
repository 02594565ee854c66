// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"
#include "kernels/math/philox.hpp"

namespace minnow::kernels::cuda {

namespace {

__global__ void dropout_kernel(Matrices<float> x, std::int64_t elements, std::uint32_t layer, const DropoutRate* rates,
                               const StepState* state, const ModelState* models) {
  const std::int64_t first = first_of_quad();
  if (first >= elements) return;
  const DropoutRate rate = rates[blockIdx.y];
  const auto block = static_cast<std::uint32_t>(first / 4);
  const math::PhiloxWords random = math::random_block(
      models[blockIdx.y].seed, static_cast<std::uint32_t>(Purpose::dropout), layer, state->step, block);
  Quad quad = load_quad(x.model(), first, elements);
#pragma unroll
  for (int i = 0; i < 4; ++i) quad.v[i] = random.word[i] < rate.threshold ? quad.v[i] * rate.scale : 0.0f;
  store_quad(x.model(), first, elements, quad);
}

}  // namespace

void dropout(cudaStream_t stream, const View& x, std::uint32_t layer, const DropoutRate* rates, const StepState* state,
             const ModelState* models) {
  launch({.grid = quad_grid(x), .block = quad_threads, .stream = stream}, dropout_kernel, matrices(x), x.elements(),
         layer, rates, state, models);
}

}  // namespace minnow::kernels::cuda
