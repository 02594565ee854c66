// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/shuffle.hpp"

#include "kernels/backend.hpp"
#include "kernels/cuda/elementwise.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/seeds.cuh"
#include "kernels/math/philox.hpp"

namespace minnow::kernels::cuda {

namespace {

/// keys[m, i] = (m, random integer of i) and order[m, i] = i: one stable sort of all keys then sorts each model's.
__global__ void keys_kernel(std::uint64_t* keys, std::uint32_t* order, std::uint32_t n, int first_model, Seeds seeds,
                            std::uint32_t epoch) {
  const std::int64_t first = first_of_quad();
  const auto model = static_cast<std::uint64_t>(first_model) + blockIdx.y;
  const math::PhiloxWords random =
      math::random_block(seeds.values[blockIdx.y], static_cast<std::uint32_t>(Purpose::order), 0, epoch,
                         static_cast<std::uint32_t>(first / 4));
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if (first + i >= n) return;
    const std::uint64_t place = model * n + static_cast<std::uint64_t>(first + i);
    keys[place] = model << 32 | random.word[i];
    order[place] = static_cast<std::uint32_t>(first + i);
  }
}

}  // namespace

void Shuffler::operator()(cudaStream_t stream, std::uint32_t* order, std::uint32_t n,
                          std::span<const std::uint64_t> seeds, std::uint32_t epoch) {
  const std::size_t count = seeds.size() * n, bytes = count * sizeof(std::uint64_t);
  if (count == 0) return;
  if (bytes > keys_bytes_) {
    keys_.reset();
    keys_bytes_ = 0;
    keys_ = make_device_memory(bytes);
    keys_bytes_ = bytes;
  }
  auto* keys = static_cast<std::uint64_t*>(keys_.get());
  for_seed_batches(seeds, [&](int first, int models, const Seeds& batch) {
    launch({.grid = grid_of(ceil_div(n, 4 * quad_threads), models), .block = quad_threads, .stream = stream},
           keys_kernel, keys, order, n, first, batch, epoch);
  });
  sorter_.sort(stream, keys, order, count);
}

}  // namespace minnow::kernels::cuda
