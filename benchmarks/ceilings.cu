// SPDX-License-Identifier: Apache-2.0
/// What a training step on a GPU is made of besides arithmetic, measured on the device at hand: nodes of a graph, with
/// and without programmatic edges, launches, barriers of a grid and of a cluster, and latencies. One JSON line each.
/// Needs a device of compute capability 9.0 or later (clusters).
#include <cooperative_groups.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace cg = cooperative_groups;

void check(cudaError_t error, const char* what) {
  if (error != cudaSuccess) throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(error));
}

// --- Kernels ---------------------------------------------------------------------------------------------------------

__global__ void empty_kernel() {}

/// What the smallest real node does: each thread changes one element.
__global__ void touch_kernel(float* x, int n) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < n) x[i] = x[i] * 1.0001f + 1e-6f;
}

/// Likewise, started while its predecessor still runs.
__global__ void early_touch_kernel(float* x, int n) {
  const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  cudaTriggerProgrammaticLaunchCompletion();
  cudaGridDependencySynchronize();
  if (i < n) x[i] = x[i] * 1.0001f + 1e-6f;
}

__global__ void grid_barrier_kernel(int rounds) {
  for (int round = 0; round < rounds; ++round) cg::this_grid().sync();
}

/// One atomic per block and round on a counter that only grows, on which a thread of each block spins.
__global__ void counter_barrier_kernel(unsigned* counter, int rounds) {
  for (int round = 1; round <= rounds; ++round) {
    __syncthreads();
    if (threadIdx.x == 0) {
      __threadfence();
      atomicAdd(counter, 1u);
      const unsigned goal = static_cast<unsigned>(round) * gridDim.x;
      while (*static_cast<volatile unsigned*>(counter) < goal) {
      }
      __threadfence();
    }
    __syncthreads();
  }
}

__global__ void cluster_barrier_kernel(int rounds) {
  for (int round = 0; round < rounds; ++round) cg::this_cluster().sync();
}

constexpr int gathered_floats = 512;  // 2 KiB from each block

/// Each block pushes its floats to every block of the cluster, then all wait; two buffers take turns.
__global__ void all_gather_kernel(int rounds, float* out) {
  extern __shared__ float buffers[];  // [2][blocks][gathered_floats]
  cg::cluster_group cluster = cg::this_cluster();
  const int blocks = static_cast<int>(cluster.num_blocks()), rank = static_cast<int>(cluster.block_rank());
  float value = static_cast<float>(rank);
  for (int round = 0; round < rounds; ++round) {
    float* const buffer = buffers + (round % 2) * blocks * gathered_floats;
    for (int p = 0; p < blocks; ++p) {
      float* const theirs = cluster.map_shared_rank(buffer + rank * gathered_floats, (p + rank) % blocks);
      for (int k = static_cast<int>(threadIdx.x); k < gathered_floats / 4; k += static_cast<int>(blockDim.x)) {
        reinterpret_cast<float4*>(theirs)[k] = make_float4(value, value, value, value);
      }
    }
    cluster.sync();
    value += buffer[((rank + 1) % blocks) * gathered_floats + static_cast<int>(threadIdx.x) % gathered_floats];
  }
  cluster.sync();  // no block may leave while others write to its memory
  if (threadIdx.x == 0) out[blockIdx.x] = value;
}

/// Loads that each need the one before.
__global__ void chase_kernel(const unsigned* next, unsigned* out, int steps, long long* cycles) {
  unsigned at = 0;
  const long long begin = clock64();
  for (int step = 0; step < steps; ++step) at = __ldcg(next + at);
  *cycles = clock64() - begin;
  *out = at;
}

/// A chain of fma from shared memory: what the specified order of a sum costs per term.
__global__ void chain_kernel(const float* values, float* out, int terms, long long* cycles) {
  __shared__ float a[1024];
  for (int i = static_cast<int>(threadIdx.x); i < 1024; i += static_cast<int>(blockDim.x)) a[i] = values[i];
  __syncthreads();
  float sum = 0;
  const long long begin = clock64();
  for (int round = 0; round < terms / 128; ++round) {
#pragma unroll
    for (int k = 0; k < 128; ++k) sum = fmaf(a[k], a[(k + threadIdx.x) & 1023], sum);
  }
  const long long end = clock64();
  if (threadIdx.x == 0) *cycles = end - begin;
  out[threadIdx.x] = sum;
}

// --- Launching and timing --------------------------------------------------------------------------------------------

struct LaunchOptions {
  int shared_bytes = 0;
  int cluster = 1;
  bool programmatic = false;  ///< may start before its predecessor has ended
  bool cooperative = false;
};

class Ceilings {
 public:
  Ceilings() {
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
    check(cudaMalloc(&x_, buffer_bytes), "cudaMalloc");
    check(cudaMalloc(&y_, buffer_bytes), "cudaMalloc");
    check(cudaMalloc(&cycles_, sizeof(long long)), "cudaMalloc");
    check(cudaMemset(x_, 0, buffer_bytes), "cudaMemset");
  }

  void run() {
    describe_device();
    for (int i = 0; i < 2000; ++i) launch(touch_kernel, 1024, 256, {}, x_, 1 << 18);  // raises the clocks
    wait();
    nodes();
    graphs();
    grid_barriers();
    clusters();
    latencies();
  }

 private:
  static constexpr std::size_t buffer_bytes = std::size_t{1} << 24;
  static constexpr int repeats = 1000;

  void wait() { check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize"); }

  static void say(const std::string& what, const char* unit, double value) {
    std::printf("{\"what\": \"%s\", \"%s\": %.4f}\n", what.c_str(), unit, value);
    std::fflush(stdout);
  }

  /// Median of 15, in microseconds, after two that do not count.
  double microseconds(const std::function<void()>& body) {
    cudaEvent_t begin, end;
    check(cudaEventCreate(&begin), "cudaEventCreate");
    check(cudaEventCreate(&end), "cudaEventCreate");
    std::vector<float> times;
    for (int i = 0; i < 17; ++i) {
      check(cudaEventRecord(begin, stream_), "cudaEventRecord");
      body();
      check(cudaEventRecord(end, stream_), "cudaEventRecord");
      check(cudaEventSynchronize(end), "cudaEventSynchronize");
      float milliseconds = 0;
      check(cudaEventElapsedTime(&milliseconds, begin, end), "cudaEventElapsedTime");
      if (i >= 2) times.push_back(1000 * milliseconds);
    }
    check(cudaEventDestroy(begin), "cudaEventDestroy");
    check(cudaEventDestroy(end), "cudaEventDestroy");
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
  }

  template <class Kernel, class... Arguments>
  void launch(Kernel kernel, int grid, int block, const LaunchOptions& options, Arguments... arguments) {
    cudaLaunchAttribute attributes[3] = {};
    cudaLaunchConfig_t config{};
    config.gridDim = static_cast<unsigned>(grid);
    config.blockDim = static_cast<unsigned>(block);
    config.dynamicSmemBytes = static_cast<std::size_t>(options.shared_bytes);
    config.stream = stream_;
    config.attrs = attributes;
    if (options.programmatic) {
      attributes[config.numAttrs].id = cudaLaunchAttributeProgrammaticStreamSerialization;
      attributes[config.numAttrs++].val.programmaticStreamSerializationAllowed = 1;
    }
    if (options.cluster > 1) {
      attributes[config.numAttrs].id = cudaLaunchAttributeClusterDimension;
      attributes[config.numAttrs++].val.clusterDim = {static_cast<unsigned>(options.cluster), 1, 1};
    }
    if (options.cooperative) {
      attributes[config.numAttrs].id = cudaLaunchAttributeCooperative;
      attributes[config.numAttrs++].val.cooperative = 1;
    }
    check(cudaLaunchKernelEx(&config, kernel, arguments...), "cudaLaunchKernelEx");
  }

  cudaGraphExec_t record(int count, const std::function<void()>& body) {
    cudaGraph_t graph;
    cudaGraphExec_t executable;
    check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
    for (int i = 0; i < count; ++i) body();
    check(cudaStreamEndCapture(stream_, &graph), "cudaStreamEndCapture");
    check(cudaGraphInstantiate(&executable, graph, 0), "cudaGraphInstantiate");
    check(cudaGraphDestroy(graph), "cudaGraphDestroy");
    return executable;
  }

  void replay(cudaGraphExec_t graph) { check(cudaGraphLaunch(graph, stream_), "cudaGraphLaunch"); }

  void describe_device() {
    cudaDeviceProp properties;
    int clock = 0;
    check(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
    check(cudaDeviceGetAttribute(&clock, cudaDevAttrClockRate, 0), "cudaDeviceGetAttribute");
    processors_ = properties.multiProcessorCount;
    std::printf("{\"device\": \"%s\", \"sms\": %d, \"l2_mb\": %d, \"clock_mhz\": %d}\n", properties.name, processors_,
                properties.l2CacheSize >> 20, clock / 1000);
  }

  void node(const std::string& what, const std::function<void()>& body) {
    const cudaGraphExec_t graph = record(repeats, body);
    say("graph node, " + what, "us", microseconds([&] { replay(graph); }) / repeats);
    check(cudaGraphExecDestroy(graph), "cudaGraphExecDestroy");
  }

  void nodes() {
    const double launches = microseconds([&] {
      for (int i = 0; i < repeats; ++i) launch(empty_kernel, 1, 32, {});
    });
    say("stream launch of an empty kernel", "us", launches / repeats);
    node("empty kernel", [&] { launch(empty_kernel, 1, 32, {}); });
    for (const auto& [grid, floats] : {std::pair{16, 2048}, std::pair{214, 27392}}) {
      const std::string work = std::to_string(grid) + " x 128 threads touch " + std::to_string(floats / 256) + " KiB";
      node(work, [&, grid = grid, floats = floats] { launch(touch_kernel, grid, 128, {}, x_, floats); });
      node(work + ", programmatic edges", [&, grid = grid, floats = floats] {
        launch(early_touch_kernel, grid, 128, {.programmatic = true}, x_, floats);
      });
    }
    constexpr std::size_t small = 15360;
    node("copy of 15 KiB on the device",
         [&] { check(cudaMemcpyAsync(y_, x_, small, cudaMemcpyDeviceToDevice, stream_), "cudaMemcpyAsync"); });
    node("memset of 15 KiB", [&] { check(cudaMemsetAsync(y_, 0, small, stream_), "cudaMemsetAsync"); });
  }

  /// The gap between one graph and the next, and what a launch costs the host.
  void graphs() {
    using Clock = std::chrono::steady_clock;
    for (const int count : {1, 3, 10, 20, 56}) {
      const cudaGraphExec_t graph = record(count, [&] { launch(touch_kernel, 16, 128, {}, x_, 2048); });
      const double row = microseconds([&] {
        for (int i = 0; i < 200; ++i) replay(graph);
      });
      say("one of 200 graphs of " + std::to_string(count) + " touches in a row", "us", row / 200);
      wait();
      const Clock::time_point begin = Clock::now();
      for (int i = 0; i < 64; ++i) replay(graph);
      const double host = std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
      say("host time of cudaGraphLaunch, " + std::to_string(count) + " nodes", "us", host / 64);
      wait();
      check(cudaGraphExecDestroy(graph), "cudaGraphExecDestroy");
    }
  }

  void grid_barriers() {
    for (const int grid : {16, 32, 64, processors_}) {
      const std::string blocks = std::to_string(grid) + " blocks of 256";
      say("grid barrier, " + blocks, "us",
          microseconds([&] { launch(grid_barrier_kernel, grid, 256, {.cooperative = true}, repeats); }) / repeats);
      const double counter = microseconds([&] {
        check(cudaMemsetAsync(y_, 0, sizeof(unsigned), stream_), "cudaMemsetAsync");
        launch(counter_barrier_kernel, grid, 256, {.cooperative = true}, reinterpret_cast<unsigned*>(y_), repeats);
      });
      say("counter barrier, " + blocks, "us", counter / repeats);
    }
  }

  static int gather_bytes(int cluster) { return 2 * cluster * gathered_floats * static_cast<int>(sizeof(float)); }

  void clusters() {
    constexpr int largest = 16;
    for (const void* kernel :
         {reinterpret_cast<const void*>(cluster_barrier_kernel), reinterpret_cast<const void*>(all_gather_kernel)}) {
      check(cudaFuncSetAttribute(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1), "cudaFuncSetAttribute");
    }
    check(cudaFuncSetAttribute(all_gather_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, gather_bytes(largest)),
          "cudaFuncSetAttribute");
    for (int cluster = 2; cluster <= largest; cluster *= 2) {
      const std::string blocks = std::to_string(cluster) + " blocks of 256";
      const LaunchOptions options = {.shared_bytes = gather_bytes(cluster), .cluster = cluster};
      say("cluster barrier, " + blocks, "us",
          microseconds([&] { launch(cluster_barrier_kernel, cluster, 256, {.cluster = cluster}, repeats); }) / repeats);
      say("all-gather of 2 KiB, " + blocks, "us",
          microseconds([&] { launch(all_gather_kernel, cluster, 256, options, repeats, y_); }) / repeats);
      say("active clusters of " + std::to_string(cluster), "count", active_clusters(cluster));
    }
  }

  int active_clusters(int cluster) const {
    cudaLaunchAttribute attribute{};
    attribute.id = cudaLaunchAttributeClusterDimension;
    attribute.val.clusterDim = {static_cast<unsigned>(cluster), 1, 1};
    cudaLaunchConfig_t config{};
    config.gridDim = static_cast<unsigned>(cluster * processors_);
    config.blockDim = 256;
    config.dynamicSmemBytes = static_cast<std::size_t>(gather_bytes(cluster));
    config.attrs = &attribute;
    config.numAttrs = 1;
    int count = 0;
    check(cudaOccupancyMaxActiveClusters(&count, all_gather_kernel, &config), "cudaOccupancyMaxActiveClusters");
    return count;
  }

  double counted_cycles() {
    long long cycles = 0;
    wait();
    check(cudaMemcpy(&cycles, cycles_, sizeof(cycles), cudaMemcpyDeviceToHost), "cudaMemcpy");
    return static_cast<double>(cycles);
  }

  void latencies() {
    for (const std::size_t kib : {64, 4096, 524288}) {
      say("load latency within " + std::to_string(kib) + " KiB", "cycles", load_latency(kib << 10));
    }
    constexpr int terms = 12800;
    for (const int block : {32, 128, 256, 512}) {
      launch(chain_kernel, 1, block, {}, x_, y_, terms, cycles_);
      say("chain of fma from shared memory, " + std::to_string(block) + " threads", "cycles_per_term",
          counted_cycles() / terms);
    }
    constexpr std::size_t large = std::size_t{1} << 23;
    const double copy = microseconds(
        [&] { check(cudaMemcpyAsync(y_, x_, large, cudaMemcpyDeviceToDevice, stream_), "cudaMemcpyAsync"); });
    say("copy of 8 MiB on the device, read and written", "gb_per_s", 2e-3 * static_cast<double>(large) / copy);
  }

  double load_latency(std::size_t bytes) {
    constexpr int steps = 4000;
    const std::size_t count = bytes / sizeof(unsigned), stride = 1000003 % count | 1;
    std::vector<unsigned> chain(count);
    std::size_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t next = (at + stride) % count;
      chain[at] = static_cast<unsigned>(next);
      at = next;
    }
    unsigned* next = nullptr;
    check(cudaMalloc(&next, bytes), "cudaMalloc");
    check(cudaMemcpy(next, chain.data(), bytes, cudaMemcpyHostToDevice), "cudaMemcpy");
    double cycles = 0;
    for (int i = 0; i < 2; ++i) {  // the first one fills the caches
      launch(chase_kernel, 1, 1, {}, next, reinterpret_cast<unsigned*>(y_), steps, cycles_);
      cycles = counted_cycles();
    }
    check(cudaFree(next), "cudaFree");
    return cycles / steps;
  }

  cudaStream_t stream_ = nullptr;
  float *x_ = nullptr, *y_ = nullptr;
  long long* cycles_ = nullptr;
  int processors_ = 0;
};

}  // namespace

int main() {
  try {
    Ceilings().run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ceilings: %s\n", error.what());
    return 1;
  }
}
