// SPDX-License-Identifier: Apache-2.0
// Each fault that the emulation is there for, planted, and caught.
#include "tests/emulation/planted_faults.hpp"

#include <cublas_v2.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/emulation/device_buffer.hpp"
#include "tests/emulation/emulation.hpp"
#include "tests/emulation/fault_of.hpp"
#include "tests/emulation/sanitized.hpp"

namespace emulation::test {
namespace {

constexpr Schedule all_schedules[] = {Schedule::sequential, Schedule::reverse, Schedule::random, Schedule::sticky};

class PlantedFault : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  void TearDown() override { take_faults(); }
};
using PlantedFaultDeathTest = PlantedFault;

void expect_in(const std::string& message, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is missing in: " << message;
  }
}

// --- memory, by AddressSanitizer and UBSan --------------------------------------------------------------------------

TEST_F(PlantedFaultDeathTest, GlobalOutOfBoundsIsFoundByAsan) {
  MINNOW_NEEDS_ASAN();
  EXPECT_DEATH(
      {
        const DeviceBuffer<float> data(100);
        planted::global_out_of_bounds(data.data(), 100);
      },
      "kernel emulation::planted::global_out_of_bounds_kernel.*heap-buffer-overflow.*400-byte region.*cudaMalloc");
}

TEST_F(PlantedFaultDeathTest, DynamicSharedOutOfBoundsIsFoundByAsan) {
  MINNOW_NEEDS_ASAN();
  EXPECT_DEATH(
      {
        const DeviceBuffer<float> y(planted::block_threads);
        planted::dynamic_shared_out_of_bounds(y.data());
      },
      "dynamic_shared_out_of_bounds_kernel.*heap-buffer-overflow.*256-byte region.*dynamic_shared");
}

TEST_F(PlantedFaultDeathTest, StaticSharedIndexIsFoundByUbsan) {
  MINNOW_NEEDS_UBSAN();
  EXPECT_DEATH(
      {
        const DeviceBuffer<float> y(planted::block_threads);
        planted::static_shared_out_of_bounds(y.data(), 8);
      },
      "index 8 out of bounds");
}

TEST_F(PlantedFaultDeathTest, MisalignedFloat4IsFoundByUbsan) {
  MINNOW_NEEDS_UBSAN();
  EXPECT_DEATH(
      {
        const DeviceBuffer<float> y(1);
        const DeviceBuffer<float> x(ramp(8));
        planted::misaligned_float4(y.data(), x.data());
      },
      "misaligned address");
}

TEST_F(PlantedFaultDeathTest, HostReadOfDeviceMemoryIsFoundByAsan) {
  MINNOW_NEEDS_ASAN();
  EXPECT_DEATH(
      {
        const DeviceBuffer<float> data(ramp(8));
        std::exit(data.data()[3] > 0 ? 0 : 1);
      },
      "in host code.*use-after-poison");
}

// --- calls, by the emulated run time --------------------------------------------------------------------------------

TEST_F(PlantedFault, HostPointerToKernelIsRefused) {
  const DeviceBuffer<float> y(8);
  std::vector<float> host(8);
  const std::string message = fault_of([&] { planted::twice(y.data(), host.data(), 8); });
  expect_in(message, {"argument 1 of kernel", "twice_kernel", "planted_faults.cu", "host memory", "SEED="});
}

TEST_F(PlantedFault, HostPointerInsideAnAggregateIsRefused) {
  const DeviceBuffer<float> y(8);
  std::vector<float> host(8);
  expect_in(fault_of([&] { planted::twice_by_view(y.data(), host.data(), 8); }),
            {"argument 0 of kernel", "twice_by_view_kernel", "byte 8 ", "host memory"});
}

TEST_F(PlantedFault, FreedPointerToKernelIsRefused) {
  const DeviceBuffer<float> y(8);
  float* freed = nullptr;
  {
    const DeviceBuffer<float> x(ramp(8));
    freed = x.data();
  }
  expect_in(fault_of([&] { planted::twice(y.data(), freed, 8); }),
            {"argument 1", "freed device allocation", "32 bytes"});
  expect_in(fault_of([&] { planted::twice_by_view(y.data(), freed, 8); }), {"argument 0", "freed device allocation"});
}

TEST_F(PlantedFault, WrongLeadingDimensionOfGemmIsRefused) {
  const DeviceBuffer<float> a(ramp(6));
  const DeviceBuffer<float> b(ramp(6));
  const DeviceBuffer<float> c(4);
  cublasHandle_t handle = nullptr;
  ASSERT_EQ(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
  const float one = 1, zero = 0;
  const auto gemm = [&](int lda) {
    return cublasSgemmStridedBatched(handle, CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 3, &one, a.data(), lda, 6, b.data(), 3, 6,
                                     &zero, c.data(), 2, 4, 1);
  };
  expect_in(fault_of([&] { gemm(4); }), {"cuBLAS GEMM", "matrix A", "2 x 3", "leading dimension 4", "of 24 bytes"});
  EXPECT_EQ(gemm(1), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(gemm(2), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasDestroy(handle), CUBLAS_STATUS_SUCCESS);
}

TEST_F(PlantedFault, WaitDuringCaptureInvalidatesIt) {
  const Stream stream;
  const DeviceBuffer<float> x(ramp(8));
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  planted::twice(x.data(), x.data(), 8, stream);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorStreamCaptureUnsupported);
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(graph, nullptr);
}

TEST_F(PlantedFaultDeathTest, LeakIsListedAndEndsTheProgram) {
  const std::size_t before = live_objects().size();
  void* memory = nullptr;
  check(cudaMalloc(&memory, 1234));
  ASSERT_EQ(live_objects().size(), before + 1);
  check(cudaFree(memory));
  EXPECT_EQ(live_objects().size(), before);
  EXPECT_EXIT(
      {
        void* leaked = nullptr;
        check(cudaMalloc(&leaked, 1234));
        std::exit(0);
      },
      testing::ExitedWithCode(70), "leaked: device allocation .* of 1234 bytes");
}

// --- barriers and warps, by their own checks
// ---------------------------------------------------------------------------

TEST_F(PlantedFault, DivergentBarrierIsRefused) {
  for (const Schedule schedule : all_schedules) {
    const ScopedSettings scope({schedule});
    expect_in(fault_of([] { planted::divergent_barrier(false); }),
              {"divergent barrier", "returned", "divergent_barrier_kernel", "planted_faults.cu"});
    expect_in(fault_of([] { planted::divergent_barrier(true); }), {"divergent barrier", "wait at", "kernel"});
  }
}

TEST_F(PlantedFault, WarpOperationsThatNameTheWrongLanesAreRefused) {
  const DeviceBuffer<float> y(32);
  for (const Schedule schedule : all_schedules) {
    const ScopedSettings scope({schedule});
    expect_in(fault_of([&] { planted::shuffle_from_returned_lane(y.data()); }), {"returned", "warp operation"});
    expect_in(fault_of([&] { planted::shuffle_outside_mask(y.data()); }), {"not in the mask 0x0000ffff"});
    expect_in(fault_of([] { planted::disagreeing_masks(); }), {"masks disagree", "0xffffffff", "0xffff8000"});
  }
}

TEST_F(PlantedFault, TrapNamesItsThread) {
  expect_in(fault_of([] { planted::trap(); }), {"__trap()", "trap_kernel", "thread (3, 0, 0)"});
  const DeviceBuffer<float> x(ramp(1));
  planted::twice(x.data(), x.data(), 1);
  EXPECT_EQ(x.values()[0], 2) << "the emulation works on after a fault";
}

}  // namespace
}  // namespace emulation::test
