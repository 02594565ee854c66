// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace minnow::kernels::cuda {

/// Stable sort on the device. It keeps its working memory for the next call.
class KeySorter {
 public:
  KeySorter();
  ~KeySorter();
  /// Sorts keys[0..count) ascending and values along with them; equal keys keep their order. Enqueued on `stream`; it
  /// may allocate, so it cannot be recorded.
  void sort(cudaStream_t stream, std::uint64_t* keys, std::uint32_t* values, std::size_t count);

 private:
  struct WorkingMemory;
  std::unique_ptr<WorkingMemory> memory_;
};

}  // namespace minnow::kernels::cuda
