// SPDX-License-Identifier: Apache-2.0
// Twin of kernels/cuda/epoch_order.cu, whose Thrust sort no C++ compiler can take apart: the same stable sort, in the
// order of the stream.
#include "kernels/cuda/epoch_order.hpp"

#include <algorithm>
#include <minnow/error.hpp>
#include <numeric>
#include <vector>

#include "tests/emulation/api.hpp"
#include "tests/emulation/memory.hpp"
#include "tests/emulation/stream.hpp"

namespace minnow::kernels::cuda {

struct KeySorter::WorkingMemory {};

KeySorter::KeySorter() = default;
KeySorter::~KeySorter() = default;

namespace {

void check_ranges(const std::uint64_t* keys, const std::uint32_t* values, std::size_t count) {
  emulation::check_device_range(keys, count * sizeof *keys, false, "stable_sort_by_key, keys");
  emulation::check_device_range(values, count * sizeof *values, false, "stable_sort_by_key, values");
}

void sort_now(std::uint64_t* keys, std::uint32_t* values, std::size_t count) {
  check_ranges(keys, values, count);
  emulation::tsan_touch(emulation::Touch::write, keys, count * sizeof *keys);
  emulation::tsan_touch(emulation::Touch::write, values, count * sizeof *values);
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [keys](std::size_t i) { return keys[i]; });
  const std::vector<std::uint64_t> old_keys(keys, keys + count);
  const std::vector<std::uint32_t> old_values(values, values + count);
  for (std::size_t i = 0; i < count; ++i) {
    keys[i] = old_keys[order[i]];
    values[i] = old_values[order[i]];
  }
}

}  // namespace

void KeySorter::sort(cudaStream_t stream, std::uint64_t* keys, std::uint32_t* values, std::size_t count) {
  const emulation::ApiScope scope;
  if (emulation::refuse_unsafe_call() != cudaSuccess) {
    throw DeviceError("stable_sort_by_key allocates, so it cannot be recorded");
  }
  check_ranges(keys, values, count);
  emulation::enqueue(stream, {"stable_sort_by_key", [=] { sort_now(keys, values, count); }});
  if (const cudaError_t error = cudaGetLastError(); error != cudaSuccess) {  // as Thrust does after its launches
    throw DeviceError(std::string("stable_sort_by_key: ") + cudaGetErrorString(error));
  }
}

}  // namespace minnow::kernels::cuda
