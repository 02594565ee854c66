// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"
#include "kernels/math/update_rule.hpp"

namespace minnow::kernels::cuda {

namespace {

/// state[M, slots, P]: slot s of model m starts s * elements after the model's first.
template <class Rule>
__global__ void update_kernel(Matrices<float> parameters, Matrices<const float> gradients, Matrices<float> state,
                              int slots, std::int64_t elements, const ModelState* models) {
  const std::int64_t first = first_of_quad();
  if (first >= elements) return;
  const Optimizer optimizer = models[blockIdx.y].optimizer;
  const StepRates rates = models[blockIdx.y].rates;
  const std::int64_t decayed = models[blockIdx.y].decayed;
  Quad parameter = load_quad(parameters.model(), first, elements);
  const Quad gradient = load_quad(gradients.model(), first, elements);
  Quad held[Rule::most_slots] = {};
#pragma unroll
  for (int s = 0; s < Rule::most_slots; ++s) {
    if (s < slots) held[s] = load_quad(state.model() + s * elements, first, elements);
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    float slot[Rule::most_slots];
#pragma unroll
    for (int s = 0; s < Rule::most_slots; ++s) slot[s] = held[s].v[i];
    math::update_parameter<Rule>(optimizer, rates, first + i < decayed, parameter.v[i], gradient.v[i], slot, 1);
#pragma unroll
    for (int s = 0; s < Rule::most_slots; ++s) held[s].v[i] = slot[s];
  }
  store_quad(parameters.model(), first, elements, parameter);
#pragma unroll
  for (int s = 0; s < Rule::most_slots; ++s) {
    if (s < slots) store_quad(state.model() + s * elements, first, elements, held[s]);
  }
}

}  // namespace

void update(cudaStream_t stream, OptimizerKind kind, const View& parameters, const ConstView& gradients,
            const View& state, const ModelState* models) {
  math::visit(kind, [&]<class Rule>(Rule) {
    launch({.grid = quad_grid(parameters), .block = quad_threads, .stream = stream}, update_kernel<Rule>,
           matrices(parameters), matrices(gradients), matrices(state), state ? state.rows : 0, parameters.elements(),
           models);
  });
}

}  // namespace minnow::kernels::cuda
