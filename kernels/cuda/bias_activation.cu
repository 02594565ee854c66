// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"
#include "kernels/math/activation.hpp"

namespace minnow::kernels::cuda {

namespace {

/// z += bias where there is one, y = activation(z). y may be z.
template <class Function>
__global__ void bias_activation_kernel(Matrices<float> y, Matrices<float> z, Matrices<const float> bias, int cols,
                                       std::int64_t elements, Function activation) {
  const std::int64_t first = first_of_quad();
  if (first >= elements) return;
  Quad quad = load_quad(z.model(), first, elements);
  if (bias.data != nullptr) {
    int col = static_cast<int>(
        elements <= 0xffffffff ? static_cast<std::uint32_t>(first) % static_cast<std::uint32_t>(cols) : first % cols);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      quad.v[i] = quad.v[i] + bias.model()[col];
      col = col + 1 == cols ? 0 : col + 1;
    }
    if (z.data != y.data) store_quad(z.model(), first, elements, quad);
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) quad.v[i] = activation.forward(quad.v[i]);
  store_quad(y.model(), first, elements, quad);
}

}  // namespace

void bias_activation(cudaStream_t stream, const View& y, const View& z, const ConstView& bias,
                     const Activation& activation) {
  math::visit_elementwise(activation, [&]<class Function>(const Function& function) {
    launch({.grid = quad_grid(y), .block = quad_threads, .stream = stream}, bias_activation_kernel<Function>,
           matrices(y), matrices(z), matrices(bias), y.cols, y.elements(), function);
  });
}

}  // namespace minnow::kernels::cuda
