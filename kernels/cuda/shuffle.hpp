// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "kernels/cuda/epoch_order.hpp"
#include "kernels/cuda/runtime.hpp"

namespace minnow::kernels::cuda {

/// The `shuffle` op and the memory that it keeps from epoch to epoch.
class Shuffler {
 public:
  void operator()(cudaStream_t stream, std::uint32_t* order, std::uint32_t n, std::span<const std::uint64_t> seeds,
                  std::uint32_t epoch);

 private:
  KeySorter sorter_;
  DeviceMemory keys_;
  std::size_t keys_bytes_ = 0;
};

}  // namespace minnow::kernels::cuda
