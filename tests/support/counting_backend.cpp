// SPDX-License-Identifier: Apache-2.0
#include "tests/support/counting_backend.hpp"

namespace minnow::test {

using namespace kernels;

Memory CountingBackend::allocate(std::size_t bytes) {
  ++counts_.allocations;
  allocated_bytes_ += bytes;
  if (counts_.replays > 0) ++counts_.late_allocations;
  return inner_.allocate(bytes);
}

void CountingBackend::upload(void* device, const void* host, std::size_t bytes) {
  ++counts_.uploads;
  inner_.upload(device, host, bytes);
}

void CountingBackend::download(void* host, const void* device, std::size_t bytes) {
  ++counts_.downloads;
  inner_.download(host, device, bytes);
}

void CountingBackend::copy(void* to, const void* from, std::size_t bytes) {
  ++counts_.copies;
  inner_.copy(to, from, bytes);
}

void CountingBackend::zero(void* device, std::size_t bytes) {
  ++counts_.copies;
  inner_.zero(device, bytes);
}

void CountingBackend::synchronize() {
  ++counts_.synchronizations;
  inner_.synchronize();
}

std::function<void()> CountingBackend::record(const std::function<void()>& step) {
  ++counts_.recordings;
  return [this, replay = inner_.record(step)] {
    ++counts_.replays;
    replay();
  };
}

void CountingBackend::random(const View& x, const Distribution& distribution, std::span<const std::uint64_t> seeds,
                             Purpose purpose, std::uint32_t layer) {
  ++counts_.operations;
  inner_.random(x, distribution, seeds, purpose, layer);
}

void CountingBackend::shuffle(std::uint32_t* order, std::uint32_t n, std::span<const std::uint64_t> seeds,
                              std::uint32_t epoch) {
  ++counts_.operations;
  inner_.shuffle(order, n, seeds, epoch);
}

}  // namespace minnow::test
