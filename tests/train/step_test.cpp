// SPDX-License-Identifier: Apache-2.0
/// The invariants of a step that can be recorded (docs/architecture.md), each on every backend.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "src/train/fit.hpp"
#include "src/train/session.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/counting_backend.hpp"
#include "tests/support/recording_backend.hpp"
#include "tests/train/training_data.hpp"

namespace {
std::atomic<int> heap_allocations{0};
}  // namespace

#ifndef __SANITIZE_ADDRESS__  // which has its own, and matches them with each other
void* operator new(std::size_t bytes) {
  ++heap_allocations;
  if (void* const memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#endif

namespace minnow::test {
namespace {

/// Every layer kind, a first layer without parameters, both kinds of slope, and a short last batch of 5 rows.
Network every_kind() {
  Network network;
  network.inputs = 9;
  const auto add = [&](LayerKind kind, int units, ActivationKind activation, float rate) {
    Layer layer;
    layer.kind = kind;
    layer.units = units;
    layer.activation = make_activation(activation);
    layer.rate = rate;
    network.layers.push_back(layer);
  };
  add(LayerKind::dropout, 0, ActivationKind::linear, 0.1f);
  add(LayerKind::dense, 12, ActivationKind::gelu, 0);
  add(LayerKind::dropout, 0, ActivationKind::linear, 0.25f);
  add(LayerKind::dense, 7, ActivationKind::linear, 0);
  add(LayerKind::batch_norm, 0, ActivationKind::linear, 0);
  add(LayerKind::activation, 0, ActivationKind::tanh, 0);
  add(LayerKind::layer_norm, 0, ActivationKind::linear, 0);
  add(LayerKind::dense, 3, ActivationKind::softmax, 0);
  return network;
}

Dataset train_data() {
  return byte_blobs(101, 9, 3, 1);
}
Dataset validation_data() {
  return byte_blobs(31, 9, 3, 2);
}

class StepTest : public BackendTest {
 protected:
  std::vector<Model> shoal() {
    std::vector<Model> models;
    for (std::uint64_t seed : {3, 4}) models.emplace_back(every_kind(), seed);
    return models;
  }

  /// An epoch of steps allocates nothing, waits for nothing and reads nothing back.
  void expect_no_calls(const Training& training) {
    CountingBackend counting(backend());
    const std::vector<Model> models = shoal();
    engine::TrainingSession session(counting, training, models, train_data());
    session.start_epoch(1);
    counting.reset();
    const int heap_before = heap_allocations;
    int steps = 0;
    for (; !session.epoch_done(); ++steps) session.step();
    const int heap_after = heap_allocations;
    EXPECT_EQ(steps, 7);
    if (backend().name() == "cpu") {
      EXPECT_EQ(heap_after, heap_before) << "a kernel uses the heap";
    }
    EXPECT_EQ(counting.counts().allocations, 0);
    EXPECT_EQ(counting.counts().uploads, 0);
    EXPECT_EQ(counting.counts().downloads, 0);
    EXPECT_EQ(counting.counts().synchronizations, 0);
    EXPECT_EQ(counting.counts().recordings, 0);
  }

  /// Of two models for each rule and schedule.
  std::vector<std::uint64_t> hashes_after_training(kernels::Backend& on) {
    std::vector<std::uint64_t> hashes;
    for (const Training& training : every_training(3, 16)) {
      std::vector<Model> models = shoal();
      engine::fit(on, training, models, train_data(), validation_data(), {});
      for (const Model& model : models) hashes.push_back(model.weights_hash());
    }
    return hashes;
  }
};

TEST_P(StepTest, AllocatesWaitsAndReadsBackNothing) {
  expect_no_calls(small_training(3, 16));
  for (const Training& training : every_training(3, 16)) {
    SCOPED_TRACE(to_string(training.optimizer.kind) + ", " + to_string(training.schedule.kind));
    expect_no_calls(training);
  }
}

/// Normalizations, dropout, class weights, smoothing, clipping, warm-up, one-cycle, NAdam and metrics in one recorded
/// step.
TEST_P(StepTest, EverythingAtOnceIsRecordedToo) {
  Training training = small_training(3, 16, OptimizerKind::nadam, 0.01f);
  training.optimizer.clip_norm = 0.5f;
  training.optimizer.clip_value = 0.05f;
  training.optimizer.weight_decay = 0.01f;
  training.schedule.kind = ScheduleKind::one_cycle;
  training.schedule.warmup = 0.5f;
  training.loss.class_weights = {1, 2, 0.5f};
  training.loss.label_smoothing = 0.1f;
  training.metrics = MetricsScope::all;
  expect_no_calls(training);
  std::vector<Model> direct = shoal(), replayed = shoal();
  RecordingBackend plain(backend(), RecordingBackend::Mode::direct), replay(backend(), RecordingBackend::Mode::replay);
  engine::fit(plain, training, direct, train_data(), validation_data(), {});
  engine::fit(replay, training, replayed, train_data(), validation_data(), {});
  for (std::size_t m = 0; m < direct.size(); ++m) EXPECT_EQ(direct[m].weights_hash(), replayed[m].weights_hash());
}

TEST_P(StepTest, ARunAllocatesBeforeItsFirstStepOnly) {
  CountingBackend counting(backend());
  std::vector<Model> models = shoal();
  engine::fit(counting, small_training(3, 16), models, train_data(), validation_data(), {});
  EXPECT_GT(counting.counts().allocations, 0);
  EXPECT_EQ(counting.counts().replays, 3 * (7 + 1)) << "steps, and the evaluation of each epoch";
  EXPECT_EQ(counting.counts().late_allocations, 0);
}

TEST_P(StepTest, FiguresAreReadOncePerEpoch) {
  for (const MetricsScope metrics : {MetricsScope::none, MetricsScope::all}) {
    CountingBackend counting(backend());
    std::vector<int> downloads;
    TrainingCallbacks callbacks;
    callbacks.epoch_end = [&](std::span<const EpochRecord>) {
      downloads.push_back(counting.counts().downloads);
      return true;
    };
    std::vector<Model> models = shoal();
    Training training = small_training(3, 16);
    training.metrics = metrics;
    engine::fit(counting, training, models, train_data(), validation_data(), callbacks);
    EXPECT_EQ(downloads, (std::vector<int>{1, 2, 3})) << to_string(metrics);
  }
}

TEST_P(StepTest, TheShortLastBatchIsASecondRecording) {
  CountingBackend counting(backend());
  const std::vector<Model> models = shoal();
  engine::TrainingSession session(counting, small_training(3, 16), models, train_data());
  EXPECT_EQ(counting.counts().recordings, 2);
  EXPECT_EQ(session.steps_per_epoch(), 7u);
  session.start_epoch(1);
  while (!session.epoch_done()) session.step();
  for (const kernels::Tally& tally : session.totals().read_training_tallies()) EXPECT_EQ(tally.rows, 101u);

  counting.reset();
  engine::TrainingSession even(counting, small_training(3, 101), models, train_data());
  EXPECT_EQ(counting.counts().recordings, 1);
  EXPECT_EQ(even.steps_per_epoch(), 1u);
}

TEST_P(StepTest, NothingThatChangesIsAnArgument) {
  RecordingBackend replay(backend(), RecordingBackend::Mode::replay);
  EXPECT_EQ(hashes_after_training(replay), hashes_after_training(backend()));
}

INSTANTIATE_TEST_SUITE_P(Backends, StepTest, testing::ValuesIn(backend_cases()), backend_case_name);

/// On the other backends a recorded step is the step itself.
class RecordedStepTest : public StepTest {};

TEST_P(RecordedStepTest, EqualsTheDirectOneBitForBit) {
  RecordingBackend direct(backend(), RecordingBackend::Mode::direct);
  EXPECT_EQ(hashes_after_training(backend()), hashes_after_training(direct));
}

INSTANTIATE_TEST_SUITE_P(Backends, RecordedStepTest, testing::ValuesIn(cuda_cases()), backend_case_name);

TEST(RecordingBackendTest, ReplayingNoticesAnArgumentThatChanges) {
  const auto inner = kernels::make_reference_backend();
  RecordingBackend replay(*inner, RecordingBackend::Mode::replay);
  const kernels::Memory memory = replay.allocate(sizeof(double));
  double value = 1;
  const auto recorded = replay.record([&] { replay.fill({memory.data(), 0, 1, 1, 1, 1}, value); });
  value = 2;
  recorded();
  double found = 0;
  replay.download(&found, memory.data(), sizeof(found));
  EXPECT_EQ(found, 1) << "a host value was read when the step ran, so a graph's stale arguments would go unnoticed";
  EXPECT_ANY_THROW(replay.record([&] { replay.synchronize(); }));
}

}  // namespace
}  // namespace minnow::test
