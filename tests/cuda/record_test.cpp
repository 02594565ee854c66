// SPDX-License-Identifier: Apache-2.0
/// Whole steps: recorded as one by one, on CUDA as on the CPU, side by side as alone.
#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

#include "minnow/error.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/comparer.hpp"
#include "tests/support/small_run.hpp"

namespace minnow::test {
namespace {

using kernels::DataView;
using kernels::View;

class RecordTest : public BackendTest {};
INSTANTIATE_TEST_SUITE_P(Backends, RecordTest, testing::ValuesIn(cuda_cases()), backend_case_name);

class StrictRecordTest : public BackendTest {};
INSTANTIATE_TEST_SUITE_P(Backends, StrictRecordTest, testing::ValuesIn(strict_cuda_cases()), backend_case_name);

/// Shapes that take the 16-byte paths, and such that cannot; every optimizer; both losses and storages.
std::vector<SmallRunShape> shapes() {
  std::vector<SmallRunShape> all(4);
  all[1] = {.models = 3,
            .batch = 7,
            .inputs = 13,
            .hidden = 5,
            .classes = 3,
            .activation = make_activation(ActivationKind::relu),
            .optimizer = OptimizerKind::sgd,
            .storage = DataView::Storage::f32};
  all[2] = {.models = 2, .optimizer = OptimizerKind::rmsprop, .loss = LossKind::mse};
  all[3] = {.inputs = 140,
            .hidden = 132,
            .activation = make_activation(ActivationKind::tanh),
            .optimizer = OptimizerKind::adamw};
  return all;
}

TEST_P(RecordTest, RecordedEqualsDirect) {
  for (const SmallRunShape& shape : shapes()) {
    SmallRun direct(backend(), shape), recorded(backend(), shape);
    direct.direct(7);
    recorded.recorded(7);
    EXPECT_EQ(direct.bytes(), recorded.bytes());
  }
}

TEST_P(RecordTest, RecordingChangesNoMemory) {
  SmallRun run(backend(), {});
  const std::vector<unsigned char> before = run.bytes();
  run.recorded(0);
  EXPECT_EQ(run.bytes(), before);
  run.recorded(1);
  EXPECT_NE(run.bytes(), before);
}

TEST_P(StrictRecordTest, StepsHaveTheBitsOfTheCpu) {
  for (const SmallRunShape& shape : shapes()) {
    SmallRun cuda(backend(), shape), cpu(scalar(), shape);
    cuda.recorded(5);
    cpu.direct(5);
    EXPECT_EQ(cuda.bytes(), cpu.bytes());
  }
}

TEST_P(RecordTest, EachModelOfAShoalIsTheModelAlone) {
  SmallRunShape shape = shapes()[1];
  SmallRun shoal(backend(), shape, 5);
  shoal.recorded(6);
  std::vector<unsigned char> alone;
  const int models = shape.models;
  shape.models = 1;
  for (int m = 0; m < models; ++m) {
    SmallRun run(backend(), shape, 5 + static_cast<std::uint64_t>(m));
    run.recorded(6);
    const std::vector<unsigned char> bytes = run.bytes();
    alone.insert(alone.end(), bytes.begin(), bytes.end());
  }
  EXPECT_EQ(shoal.bytes(), alone);
}

/// More rows than any op before has had scratch memory for: it grows while the step is recorded.
TEST_P(RecordTest, ScratchGrowsInARecording) {
  const SmallRunShape shape{.models = 2, .batch = 4500, .inputs = 2, .hidden = 1, .classes = 2, .data_rows = 4500};
  SmallRun recorded(backend(), shape), direct(backend(), shape);
  recorded.recorded(2);
  direct.direct(2);
  EXPECT_EQ(recorded.bytes(), direct.bytes());
}

TEST_P(RecordTest, ARecordingOutlivesLaterOnes) {
  const kernels::Memory memory = backend().allocate(4 * sizeof(float));
  const View x{memory.data(), 0, 1, 1, 4, 4};
  const auto one = backend().record([&] { backend().fill(x, 1); });
  const auto two = backend().record([&] { backend().fill(x, 2); });
  std::vector<float> values(4);
  for (const auto& [replay, expected] : {std::pair{&one, 1.0f}, {&two, 2.0f}, {&one, 1.0f}}) {
    (*replay)();
    backend().download_reals(values, x);
    EXPECT_EQ(values, std::vector<float>(4, expected));
  }
}

/// Making and destroying a cuBLAS handle waits for the device, which invalidates a recording of any thread, unless it
/// waits for the recording's end.
TEST_P(RecordTest, AnotherThreadMayMakeAndDropABackendMeanwhile) {
  const kernels::Memory memory = backend().allocate(16 * sizeof(float));
  const View x{memory.data(), 0, 1, 4, 4, 16};
  const auto make_and_drop = [] {
    const auto other = GetParam().make();
    const kernels::Memory matrices = other->allocate(32 * sizeof(float));
    const View a{matrices.data(), 0, 1, 4, 4, 16}, b{matrices.data(), 16, 1, 4, 4, 16};
    other->gemm(b, a, false, a, false);
    other->synchronize();
  };
  std::future<void> other;
  const auto replay = backend().record([&] {
    backend().fill(x, 2);
    if (!other.valid()) other = std::async(std::launch::async, make_and_drop);
    other.wait_for(std::chrono::milliseconds(200));  // where it waits for the recording, the recording must go on
  });
  EXPECT_NO_THROW(other.get());
  replay();
  std::vector<float> values(16);
  backend().download_reals(values, x);
  EXPECT_EQ(values, std::vector<float>(16, 2.0f));
}

TEST_P(RecordTest, TwoThreadsMakeBackendsRecordAndTrain) {
  const SmallRunShape shape{.models = 2, .batch = 4, .inputs = 8, .hidden = 4};
  const auto train = [&shape](std::uint64_t seed) {
    const auto own = GetParam().make();
    SmallRun run(*own, shape, seed);
    run.recorded(3);
    return run.bytes();
  };
  const std::vector<unsigned char> expected[] = {train(1), train(2)};
  const auto repeat = [&](std::uint64_t seed) {
    for (int i = 0; i < 10; ++i) {
      if (train(seed) != expected[seed - 1]) return false;
    }
    return true;
  };
  std::future<bool> other = std::async(std::launch::async, repeat, 2);
  EXPECT_TRUE(repeat(1));
  EXPECT_TRUE(other.get());
}

TEST_P(RecordTest, AnErrorInTheStepEndsTheRecording) {
  const kernels::Memory memory = backend().allocate(4 * sizeof(float));
  const View x{memory.data(), 0, 1, 1, 4, 4};
  EXPECT_THROW(backend().record([&] {
    backend().fill(x, 1);
    throw std::runtime_error("stop");
  }),
               std::runtime_error);
  backend().fill(x, 3);
  std::vector<float> values(4);
  backend().download_reals(values, x);
  EXPECT_EQ(values, std::vector<float>(4, 3.0f));
}

}  // namespace
}  // namespace minnow::test
