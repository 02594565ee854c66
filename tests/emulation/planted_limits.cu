// SPDX-License-Identifier: Apache-2.0
#include "tests/emulation/planted_limits.hpp"

#include "kernels/cuda/launch.cuh"

namespace emulation::planted {

using minnow::kernels::cuda::allow_dynamic_shared;
using minnow::kernels::cuda::launch;

namespace {

/// One kernel for each use, since what one is allowed stays.
template <int use>
__global__ void both_kernel() {
  MINNOW_SHARED(float, row, [static_bytes / sizeof(float)]);
  MINNOW_DYNAMIC_SHARED(float, more);
  row[0] = 1;
  more[0] = row[0];
}

template <int count>
struct Words {
  int values[count];
};

/// The words stand behind a pointer: 8 bytes.
template <int count>
__global__ void words_kernel(int* sum, Words<count> words) {
  if (sum != nullptr) *sum = words.values[0];
}

}  // namespace

void static_beside_dynamic(std::size_t dynamic) {
  launch({.block = 1, .dynamic_shared_bytes = dynamic}, both_kernel<0>);
}

void static_beside_allowed(std::size_t allowed, std::size_t dynamic) {
  allow_dynamic_shared(both_kernel<1>, allowed);
  launch({.block = 1, .dynamic_shared_bytes = dynamic}, both_kernel<1>);
}

void most_parameters() {
  launch({.block = 1}, words_kernel<8189>, nullptr, Words<8189>{});
}

void too_many_parameters() {
  launch({.block = 1}, words_kernel<8190>, nullptr, Words<8190>{});
}

}  // namespace emulation::planted
