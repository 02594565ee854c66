// SPDX-License-Identifier: Apache-2.0
// Every formula gives the same bits on a CUDA device as on the host.
#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/cuda/device.cuh"
#include "kernels/cuda/launch.cuh"
#include "tests/math/bit_sweep.hpp"

namespace minnow::math_tests {
namespace {

constexpr int block_threads = 256;

template <class Task>
__global__ void task_kernel(const Task* task, int count) {
  const int i = static_cast<int>(blockIdx.x * block_threads + threadIdx.x);
  if (i < count) (*task)(i);
}

void check(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(cudaGetErrorString(error));
}

/// Tasks on the device, in the legacy default stream: copies wait for them.
class DeviceRunner {
 public:
  DeviceRunner() = default;
  DeviceRunner(const DeviceRunner&) = delete;
  DeviceRunner& operator=(const DeviceRunner&) = delete;
  ~DeviceRunner() {
    for (void* block : blocks_) cudaFree(block);
  }

  template <class T>
  T* copy(const std::vector<T>& values) {
    void* data = nullptr;
    check(cudaMalloc(&data, values.size() * sizeof(T)));
    blocks_.push_back(data);
    check(cudaMemcpy(data, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice));
    return static_cast<T*>(data);
  }
  template <class T>
  std::vector<T> read(const T* data, std::size_t count) const {
    std::vector<T> values(count);
    check(cudaMemcpy(values.data(), data, count * sizeof(T), cudaMemcpyDeviceToHost));
    return values;
  }
  template <class Task>
  void run(int count, Task task) {
    const auto blocks = static_cast<unsigned>((count + block_threads - 1) / block_threads);
    kernels::cuda::launch({.grid = blocks, .block = block_threads}, task_kernel<Task>,
                          static_cast<const Task*>(copy(std::vector<Task>{task})), count);
  }

 private:
  std::vector<void*> blocks_;
};

template <class Runner>
std::map<std::string, std::uint64_t> hashes(std::uint32_t per_exponent) {
  Runner runner;
  std::map<std::string, std::uint64_t> result;
  const auto keep = [&](const std::string& name, std::uint64_t hash) {
    EXPECT_TRUE(result.emplace(name, hash).second) << "two formulas are called " << name;
  };
  BitSweep<Runner>(runner, per_exponent, keep).all();
  return result;
}

TEST(CudaBits, EveryFormulaIsTheSameOnTheHostAndOnTheDevice) {
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status != cudaSuccess || devices == 0) GTEST_SKIP() << "no CUDA device: " << cudaGetErrorString(status);
  constexpr std::uint32_t per_exponent = 256;
  const auto expected = hashes<HostRunner>(per_exponent);
  const auto found = hashes<DeviceRunner>(per_exponent);
  EXPECT_GE(expected.size(), 100u);
  ASSERT_EQ(expected.size(), found.size());
  for (const auto& [name, hash] : expected) EXPECT_EQ(found.at(name), hash) << name;
}

}  // namespace
}  // namespace minnow::math_tests
