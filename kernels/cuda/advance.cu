// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"
#include "kernels/math/schedule.hpp"

namespace minnow::kernels::cuda {

namespace {

constexpr unsigned advance_threads = 256;

/// One block, so that every thread reads the step before it is increased.
__global__ void advance_kernel(StepState* state, ModelState* models, int model_count, std::uint32_t rows) {
  const std::uint32_t step = state->step + 1;
  __syncthreads();
  if (threadIdx.x == 0) {
    state->step = step;
    state->cursor += rows;
  }
  for (int m = static_cast<int>(threadIdx.x); m < model_count; m += static_cast<int>(blockDim.x)) {
    math::prepare_next(models[m], step);
  }
}

}  // namespace

void advance(cudaStream_t stream, StepState* state, ModelState* models, int model_count, std::uint32_t rows) {
  launch({.grid = 1, .block = model_count > 32 ? advance_threads : 32U, .stream = stream}, advance_kernel, state,
         models, model_count, rows);
}

}  // namespace minnow::kernels::cuda
