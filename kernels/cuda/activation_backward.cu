// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"
#include "kernels/math/activation.hpp"

namespace minnow::kernels::cuda {

namespace {

/// dz = dy * slope(z, y). z is read only by activations whose slope needs it.
template <class Function>
__global__ void activation_backward_kernel(Matrices<float> dz, Matrices<const float> dy, Matrices<const float> z,
                                           Matrices<const float> y, std::int64_t elements, Function activation) {
  const std::int64_t first = first_of_quad();
  if (first >= elements) return;
  Quad gradient = load_quad(dy.model(), first, elements);
  const Quad output = load_quad(y.model(), first, elements);
  Quad input = output;
  if constexpr (Function::needs_input) input = load_quad(z.model(), first, elements);
#pragma unroll
  for (int i = 0; i < 4; ++i) gradient.v[i] = gradient.v[i] * activation.slope(input.v[i], output.v[i]);
  store_quad(dz.model(), first, elements, gradient);
}

}  // namespace

void activation_backward(cudaStream_t stream, const View& dz, const ConstView& dy, const ConstView& z,
                         const ConstView& y, const Activation& activation) {
  math::visit_elementwise(activation, [&]<class Function>(const Function& function) {
    launch({.grid = quad_grid(dz), .block = quad_threads, .stream = stream}, activation_backward_kernel<Function>,
           matrices(dz), matrices(dy), matrices(z), matrices(y), dz.elements(), function);
  });
}

}  // namespace minnow::kernels::cuda
