// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"

namespace minnow::kernels::cuda {

namespace {

__global__ void fill_kernel(Matrices<float> x, std::int64_t elements, float value) {
  store_quad(x.model(), first_of_quad(), elements, {{value, value, value, value}});
}

}  // namespace

void fill(cudaStream_t stream, const View& x, float value) {
  launch({.grid = quad_grid(x), .block = quad_threads, .stream = stream}, fill_kernel, matrices(x), x.elements(),
         value);
}

}  // namespace minnow::kernels::cuda
