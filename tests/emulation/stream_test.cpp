// SPDX-License-Identifier: Apache-2.0
// Streams, events, capture and graphs under the emulation.
#include <gtest/gtest.h>

#include <vector>

#include "tests/emulation/device_buffer.hpp"
#include "tests/emulation/emulation.hpp"
#include "tests/emulation/sample_kernels.hpp"

namespace emulation::test {
namespace {

class EmulatedStream : public testing::TestWithParam<Streams> {
 private:
  ScopedSettings scope_{{Schedule::random, GetParam(), 3}};
};

std::string name_of(const testing::TestParamInfo<Streams>& parameter) {
  return parameter.param == Streams::eager ? "eager" : "deferred";
}

INSTANTIATE_TEST_SUITE_P(Modes, EmulatedStream, testing::Values(Streams::eager, Streams::deferred), name_of);

/// Captures what `record` queues, and owns the executable graph.
class Graph {
 public:
  template <class F>
  Graph(cudaStream_t stream, F&& record) {
    cudaGraph_t graph = nullptr;
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    record();
    check(cudaStreamEndCapture(stream, &graph));
    check(cudaGraphInstantiate(&executable_, graph, 0));
    check(cudaGraphDestroy(graph));
  }
  ~Graph() { cudaGraphExecDestroy(executable_); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  void launch(cudaStream_t stream) const { check(cudaGraphLaunch(executable_, stream)); }

 private:
  cudaGraphExec_t executable_ = nullptr;
};

TEST_P(EmulatedStream, RunsItsWorkInOrder) {
  const Stream stream;
  const DeviceBuffer<float> x(std::vector<float>{1});
  const PinnedBuffer<float> host(1);
  for (int i = 0; i < 5; ++i) sample::saxpy(1, x.data(), x.data(), 1, stream);  // doubles
  check(cudaMemcpyAsync(host.data(), x.data(), sizeof(float), cudaMemcpyDeviceToHost, stream));
  check(cudaMemsetAsync(x.data(), 0, sizeof(float), stream));
  check(cudaStreamSynchronize(stream));
  EXPECT_EQ(host[0], 32);
  EXPECT_EQ(x.values()[0], 0);
}

TEST_P(EmulatedStream, DefersWorkUntilSomethingWaits) {
  const Stream stream;
  const std::uint64_t before = counters().launches;
  const DeviceBuffer<float> x(std::vector<float>{1});
  sample::saxpy(1, x.data(), x.data(), 1, stream);
  EXPECT_EQ(counters().launches - before, GetParam() == Streams::eager ? 1U : 0U);
  EXPECT_EQ(cudaStreamQuery(stream), GetParam() == Streams::eager ? cudaSuccess : cudaErrorNotReady);
  EXPECT_EQ(cudaStreamQuery(stream), cudaSuccess);
  EXPECT_EQ(counters().launches - before, 1U);
}

TEST_P(EmulatedStream, EventsOrderStreams) {
  const Stream first, second;
  const Event event;
  const DeviceBuffer<float> x(std::vector<float>{1});
  const DeviceBuffer<float> y(std::vector<float>{0});
  sample::saxpy(1, x.data(), x.data(), 1, first);
  check(cudaEventRecord(event, first));
  check(cudaStreamWaitEvent(second, event, 0));
  sample::saxpy(1, x.data(), y.data(), 1, second);
  check(cudaStreamSynchronize(second));
  EXPECT_EQ(y.values()[0], 2);
  sample::saxpy(1, x.data(), x.data(), 1, first);
  check(cudaEventRecord(event, first));
  check(cudaEventSynchronize(event));
  EXPECT_EQ(cudaEventQuery(event), cudaSuccess);
  EXPECT_EQ(x.values()[0], 4);
}

TEST_P(EmulatedStream, PageableCopiesAreStaged) {
  const Stream stream;
  const DeviceBuffer<float> x(1);
  float host = 5;
  check(cudaMemcpyAsync(x.data(), &host, sizeof host, cudaMemcpyHostToDevice, stream));
  host = 6;
  check(cudaMemcpyAsync(&host, x.data(), sizeof host, cudaMemcpyDeviceToHost, stream));
  EXPECT_EQ(host, 5);
}

TEST_P(EmulatedStream, HostFunctionsRunInOrder) {
  const Stream stream;
  const DeviceBuffer<float> x(std::vector<float>{1});
  const PinnedBuffer<float> host(2);
  sample::saxpy(1, x.data(), x.data(), 1, stream);
  check(cudaMemcpyAsync(host.data(), x.data(), sizeof(float), cudaMemcpyDeviceToHost, stream));
  check(cudaLaunchHostFunc(
      stream, [](void* values) { static_cast<float*>(values)[1] = 10 * static_cast<float*>(values)[0]; }, host.data()));
  check(cudaStreamSynchronize(stream));
  EXPECT_EQ(host[1], 20);
}

TEST_P(EmulatedStream, GraphRepeatsTheRecordedWork) {
  const Stream stream;
  const DeviceBuffer<float> x(std::vector<float>{1});
  const Graph graph(stream, [&] {
    cudaStreamCaptureStatus status{};
    check(cudaStreamIsCapturing(stream, &status));
    EXPECT_EQ(status, cudaStreamCaptureStatusActive);
    sample::saxpy(1, x.data(), x.data(), 1, stream);
    sample::saxpy(1, x.data(), x.data(), 1, stream);
  });
  EXPECT_EQ(x.values()[0], 1) << "recording has no effect";
  graph.launch(stream);
  graph.launch(stream);
  check(cudaStreamSynchronize(stream));
  EXPECT_EQ(x.values()[0], 16);
}

TEST_P(EmulatedStream, ForkedCaptureKeepsItsEdges) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const ScopedSettings scope({Schedule::random, GetParam(), seed});
    const Stream origin, side;
    const Event fork, join;
    const DeviceBuffer<float> x(std::vector<float>{1});
    const DeviceBuffer<float> y(std::vector<float>{0});
    const Graph graph(origin, [&] {
      sample::saxpy(1, x.data(), x.data(), 1, origin);  // x = 2
      check(cudaEventRecord(fork, origin));
      check(cudaStreamWaitEvent(side, fork, 0));
      sample::saxpy(3, x.data(), y.data(), 1, side);  // y = 6
      check(cudaEventRecord(join, side));
      check(cudaStreamWaitEvent(origin, join, 0));
      sample::saxpy(1, y.data(), x.data(), 1, origin);  // x = 8
    });
    graph.launch(origin);
    check(cudaStreamSynchronize(origin));
    EXPECT_EQ(x.values()[0], 8);
  }
}

TEST(EmulatedCapture, FollowsTheRulesOfCapture) {
  const Stream origin, side;
  const Event fork, outside;
  const DeviceBuffer<float> x(std::vector<float>{1});
  cudaGraph_t graph = nullptr;
  void* memory = nullptr;
  const auto begin = [&](cudaStreamCaptureMode mode) { check(cudaStreamBeginCapture(origin, mode)); };

  EXPECT_EQ(cudaStreamBeginCapture(nullptr, cudaStreamCaptureModeGlobal), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(cudaStreamEndCapture(origin, &graph), cudaErrorIllegalState);

  begin(cudaStreamCaptureModeGlobal);
  EXPECT_EQ(cudaMalloc(&memory, 16), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(cudaStreamEndCapture(origin, &graph), cudaErrorStreamCaptureInvalidated);

  begin(cudaStreamCaptureModeRelaxed);
  EXPECT_EQ(cudaMalloc(&memory, 16), cudaSuccess);
  EXPECT_EQ(cudaStreamEndCapture(origin, &graph), cudaSuccess);
  check(cudaGraphDestroy(graph));
  check(cudaFree(memory));

  begin(cudaStreamCaptureModeGlobal);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(cudaStreamEndCapture(origin, &graph), cudaErrorStreamCaptureInvalidated);

  begin(cudaStreamCaptureModeGlobal);
  check(cudaEventRecord(fork, origin));
  EXPECT_EQ(cudaEventSynchronize(fork), cudaErrorCapturedEvent);
  EXPECT_EQ(cudaStreamEndCapture(origin, &graph), cudaErrorStreamCaptureInvalidated);

  begin(cudaStreamCaptureModeGlobal);
  check(cudaEventRecord(fork, origin));
  check(cudaStreamWaitEvent(side, fork, 0));
  sample::saxpy(1, x.data(), x.data(), 1, side);
  EXPECT_EQ(cudaStreamEndCapture(side, &graph), cudaErrorStreamCaptureUnmatched);
  EXPECT_EQ(cudaStreamEndCapture(origin, &graph), cudaErrorStreamCaptureInvalidated);

  begin(cudaStreamCaptureModeGlobal);
  check(cudaEventRecord(fork, origin));
  check(cudaStreamWaitEvent(side, fork, 0));
  sample::saxpy(1, x.data(), x.data(), 1, side);
  EXPECT_EQ(cudaStreamEndCapture(origin, &graph), cudaErrorStreamCaptureUnjoined);

  check(cudaEventRecord(outside, side));
  begin(cudaStreamCaptureModeGlobal);
  EXPECT_EQ(cudaStreamWaitEvent(origin, outside, 0), cudaErrorStreamCaptureIsolation);
  EXPECT_EQ(cudaStreamEndCapture(origin, &graph), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(x.values()[0], 1);
  cudaGetLastError();
}

}  // namespace
}  // namespace emulation::test
