// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/ops.hpp"
#include "kernels/cuda/seeds.cuh"
#include "kernels/math/philox.hpp"

namespace minnow::kernels::cuda {

namespace {

struct Uniform {
  float low, high;
  __device__ Quad operator()(const math::PhiloxWords& words) const {
    Quad quad;
#pragma unroll
    for (int i = 0; i < 4; ++i) quad.v[i] = math::to_uniform(words.word[i], low, high);
    return quad;
  }
};

struct Normal {
  float mean, deviation;
  __device__ Quad operator()(const math::PhiloxWords& words) const {
    const math::NormalPair low = math::to_normal_pair(words.word[0], words.word[1]);
    const math::NormalPair high = math::to_normal_pair(words.word[2], words.word[3]);
    return {{math::fma(low.first, deviation, mean), math::fma(low.second, deviation, mean),
             math::fma(high.first, deviation, mean), math::fma(high.second, deviation, mean)}};
  }
};

template <class Draw>
__global__ void random_kernel(Matrices<float> x, std::int64_t elements, Draw draw, Seeds seeds, std::uint32_t purpose,
                              std::uint32_t layer) {
  const std::int64_t first = first_of_quad();
  if (first >= elements) return;
  const auto block = static_cast<std::uint32_t>(first / 4);
  const Quad quad = draw(math::random_block(seeds.values[blockIdx.y], purpose, layer, 0, block));
  store_quad(x.model(), first, elements, quad);
}

}  // namespace

void random(cudaStream_t stream, const View& x, const Distribution& distribution, std::span<const std::uint64_t> seeds,
            Purpose purpose, std::uint32_t layer) {
  for_seed_batches(seeds, [&](int first, int count, const Seeds& batch) {
    View part = x.model(first);
    part.models = count;
    const auto run = [&]<class Draw>(Draw draw) {
      launch({.grid = quad_grid(part), .block = quad_threads, .stream = stream}, random_kernel<Draw>, matrices(part),
             part.elements(), draw, batch, static_cast<std::uint32_t>(purpose), layer);
    };
    switch (distribution.kind) {
      case Distribution::Kind::uniform:
        return run(Uniform{distribution.a, distribution.b});
      case Distribution::Kind::normal:
        return run(Normal{distribution.a, distribution.b});
    }
  });
}

}  // namespace minnow::kernels::cuda
