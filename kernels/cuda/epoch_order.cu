// SPDX-License-Identifier: Apache-2.0
// The only file that includes Thrust: it takes longer to compile than all kernels together.
#include "kernels/cuda/epoch_order.hpp"

#include <thrust/sort.h>
#include <thrust/system/cuda/execution_policy.h>

#include <new>
#include <string>
#include <vector>

#include "kernels/cuda/runtime.hpp"
#include "minnow/error.hpp"

namespace minnow::kernels::cuda {

/// Thrust's allocator: blocks that are given back serve the next request that fits. All work is on one stream, so a
/// block may be handed out again while the kernels that used it are still queued.
struct KeySorter::WorkingMemory {
  struct Block {
    DeviceMemory memory;
    std::size_t bytes = 0;
    bool used = false;
  };
  std::vector<Block> blocks;

  char* allocate(std::size_t bytes) {
    for (Block& block : blocks) {
      if (block.used || block.bytes < bytes) continue;
      block.used = true;
      return static_cast<char*>(block.memory.get());
    }
    std::erase_if(blocks, [](const Block& block) { return !block.used; });  // too small for this dataset
    blocks.push_back({make_device_memory(bytes), bytes, true});
    return static_cast<char*>(blocks.back().memory.get());
  }
  void give_back(const char* data) {
    for (Block& block : blocks) {
      if (block.memory.get() == data) block.used = false;
    }
  }
};

namespace {

template <class Memory>
struct Allocator {
  using value_type = char;
  Memory* memory;
  char* allocate(std::ptrdiff_t bytes) { return memory->allocate(static_cast<std::size_t>(bytes)); }
  void deallocate(char* data, std::size_t) { memory->give_back(data); }
};

}  // namespace

KeySorter::KeySorter() : memory_(std::make_unique<WorkingMemory>()) {}
KeySorter::~KeySorter() = default;

void KeySorter::sort(cudaStream_t stream, std::uint64_t* keys, std::uint32_t* values, std::size_t count) {
  Allocator<WorkingMemory> allocator{memory_.get()};
  try {
    thrust::stable_sort_by_key(thrust::cuda::par_nosync(allocator).on(stream), keys, keys + count, values);
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw MemoryError("shuffle: no device memory to sort " + std::to_string(count) +
                      " keys; train fewer models at once");
  } catch (const std::exception& error) {
    throw DeviceError("shuffle: sorting " + std::to_string(count) + " keys failed: " + error.what());
  }
}

}  // namespace minnow::kernels::cuda
