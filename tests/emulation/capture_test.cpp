// SPDX-License-Identifier: Apache-2.0
// What other calls do to a capture, from its own thread and from another one.
#include <cublas_v2.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/emulation/device_buffer.hpp"
#include "tests/emulation/emulation.hpp"

namespace emulation::test {
namespace {

/// How a capture ends during which `call` is made.
template <class Call>
cudaError_t end_of_capture(cudaStreamCaptureMode mode, const Call& call) {
  const Stream stream;
  check(cudaStreamBeginCapture(stream, mode));
  call();
  cudaGraph_t graph = nullptr;
  const cudaError_t end = cudaStreamEndCapture(stream, &graph);
  if (graph != nullptr) check(cudaGraphDestroy(graph));
  static_cast<void>(cudaGetLastError());
  return end;
}

template <class Call>
void in_another_thread(const Call& call) {
  std::thread(call).join();
}

TEST(EmulatedCapture, HandlesOfCublasAreNeitherMadeNorDestroyedInAnyCapture) {
  for (const cudaStreamCaptureMode mode :
       {cudaStreamCaptureModeGlobal, cudaStreamCaptureModeThreadLocal, cudaStreamCaptureModeRelaxed}) {
    cublasHandle_t handle = nullptr;
    const auto create = [&] { EXPECT_NE(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS); };
    EXPECT_EQ(end_of_capture(mode, create), cudaErrorStreamCaptureInvalidated);
    EXPECT_EQ(end_of_capture(mode, [&] { in_another_thread(create); }), cudaErrorStreamCaptureInvalidated);
    for (const bool elsewhere : {false, true}) {
      ASSERT_EQ(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
      const auto destroy = [&] { EXPECT_NE(cublasDestroy(handle), CUBLAS_STATUS_SUCCESS); };
      const cudaError_t end = end_of_capture(mode, [&] {
        if (elsewhere) return in_another_thread(destroy);
        destroy();
      });
      EXPECT_EQ(end, cudaErrorStreamCaptureInvalidated);
    }
  }
}

/// cudaThreadExchangeStreamCaptureMode in the reference of the run time says which.
TEST(EmulatedCapture, ModesSayWhichThreadsMayAllocate) {
  const auto allocate = [] {
    void* memory = nullptr;
    if (cudaMalloc(&memory, 16) == cudaSuccess) check(cudaFree(memory));
  };
  const auto allocate_elsewhere = [&] { in_another_thread(allocate); };
  EXPECT_EQ(end_of_capture(cudaStreamCaptureModeGlobal, allocate), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(end_of_capture(cudaStreamCaptureModeThreadLocal, allocate), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(end_of_capture(cudaStreamCaptureModeRelaxed, allocate), cudaSuccess);
  EXPECT_EQ(end_of_capture(cudaStreamCaptureModeGlobal, allocate_elsewhere), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(end_of_capture(cudaStreamCaptureModeThreadLocal, allocate_elsewhere), cudaSuccess);
  EXPECT_EQ(end_of_capture(cudaStreamCaptureModeRelaxed, allocate_elsewhere), cudaSuccess);
}

TEST(EmulatedCapture, NoThreadWaitsForTheDeviceMeanwhile) {
  const auto wait = [] { in_another_thread([] { EXPECT_NE(cudaDeviceSynchronize(), cudaSuccess); }); };
  EXPECT_EQ(end_of_capture(cudaStreamCaptureModeThreadLocal, wait), cudaErrorStreamCaptureInvalidated);
}

}  // namespace
}  // namespace emulation::test
