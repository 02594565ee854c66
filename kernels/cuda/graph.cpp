// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/graph.hpp"

#include <memory>

namespace minnow::kernels::cuda {

namespace {

Graph capture(cudaStream_t stream, const std::function<void()>& step) {
  cudaGraph_t graph = nullptr;
  // ThreadLocal: another thread's backend may allocate meanwhile without ending this capture.
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
  try {
    step();
  } catch (...) {
    static_cast<void>(cudaStreamEndCapture(stream, &graph));
    static_cast<void>(cudaGetLastError());
    if (graph != nullptr) DestroyGraph{}(graph);
    throw;
  }
  check(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture");
  return Graph(graph);
}

}  // namespace

std::function<void()> record_graph(cudaStream_t stream, const std::function<void()>& step) {
  const ExclusiveOfCaptures exclusive;
  const Graph graph = capture(stream, step);
  cudaGraphExec_t instance = nullptr;
  check(cudaGraphInstantiate(&instance, graph.get(), 0), "cudaGraphInstantiate");
  const auto executable = std::make_shared<GraphExec>(instance);
  return [stream, executable] { check(cudaGraphLaunch(executable->get(), stream), "cudaGraphLaunch"); };
}

}  // namespace minnow::kernels::cuda
