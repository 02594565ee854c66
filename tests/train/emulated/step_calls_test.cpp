// SPDX-License-Identifier: Apache-2.0
/// What a recorded step asks of the CUDA run time, as the emulation counts it: step_test.cpp cannot look into a graph.
#include <gtest/gtest.h>

#include "src/train/session.hpp"
#include "tests/emulation/emulation.hpp"
#include "tests/support/backends.hpp"
#include "tests/train/training_data.hpp"

namespace minnow::test {
namespace {

class StepCallsTest : public BackendTest {};

/// Every loss, plain and with all its weights: these take a kernel and scratch memory of their own.
TEST_P(StepCallsTest, AllocateWaitAndCopyNothing) {
  const Model model(small_mlp(9, 3, ActivationKind::gelu, 0.2f), 1);
  for (int kind = 0; kind < loss_count; ++kind) {
    for (const bool weighted : {false, true}) {
      Dataset data = byte_blobs(101, 9, 3, 1);
      Training training = small_training(3, 16);
      training.loss.kind = static_cast<LossKind>(kind);
      if (weighted) data.set_weights(std::vector<float>(101, 0.5f));
      if (weighted && training.loss.kind == LossKind::cross_entropy) {
        training.loss = {.label_smoothing = 0.1f, .class_weights = {1, 2, 3}};
      }
      engine::TrainingSession session(backend(), training, std::span(&model, 1), data);
      session.start_epoch(1);
      backend().synchronize();
      const emulation::Counters before = emulation::counters();
      while (!session.epoch_done()) session.step();
      const emulation::Counters after = emulation::counters();
      EXPECT_EQ(after.allocations, before.allocations);
      EXPECT_EQ(after.waits, before.waits);
      EXPECT_EQ(after.host_copies, before.host_copies);
      backend().synchronize();
      EXPECT_EQ(emulation::counters().waits, before.waits + 1) << "a wait that is not counted";
      EXPECT_GE(emulation::counters().graph_nodes, before.graph_nodes + 7 * (weighted ? 11 : 10));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, StepCallsTest, testing::ValuesIn(cuda_cases()), backend_case_name);

}  // namespace
}  // namespace minnow::test
