// SPDX-License-Identifier: Apache-2.0
/// Objects of the public API after a move: they are empty and say so, where they used to crash.
#include <gtest/gtest.h>

#include <utility>

#include "minnow/benchmark.hpp"
#include "minnow/error.hpp"
#include "minnow/trainer.hpp"
#include "tests/support/files.hpp"

namespace minnow {
namespace {

using test::expect_error;

const Runtime cpu{.device = parse_device("cpu"), .threads = 1};

Training short_training() {
  Training training;
  training.epochs = 1;
  training.batch = 2;
  return training;
}

TEST(MovedFrom, ATrainerSaysSo) {
  Trainer trainer(short_training(), cpu);
  Trainer taken = std::move(trainer);
  const Dataset data = Dataset::from_floats("d", {1, 2, 3, 4}, 2, {0, 1}, 2);
  Model model(make_mlp(2, {}, 2, make_activation(ActivationKind::relu), 0), 1);
  for (const auto& use : std::initializer_list<void (*)(Trainer&, Model&, const Dataset&)>{
           [](Trainer&t, Model&, const Dataset&) { t.device(); },
           [](Trainer&t, Model&, const Dataset&) { t.device_description(); },
           [](Trainer&t, Model&m, const Dataset&d) { t.check(m, d, {}); },
           [](Trainer&t, Model&m, const Dataset&d) { t.fit(m, d, {}); }}) {
    expect_error<UsageError>([&] { use(trainer, model, data); }, {"this Trainer was moved from"});
    use(taken, model, data);
  }
  trainer = std::move(taken);
  EXPECT_EQ(trainer.device(), "cpu");
}

TEST(MovedFrom, ABenchmarkSaysSo) {
  Workload workload;
  workload.network = make_mlp(2, {}, 2, make_activation(ActivationKind::relu), 0);
  workload.training = short_training();
  const Dataset data = Dataset::from_floats("d", {1, 2, 3, 4}, 2, {0, 1}, 2);
  StepBenchmark benchmark(workload, data, cpu);
  StepBenchmark taken = std::move(benchmark);
  expect_error<UsageError>([&] { benchmark.device(); }, {"this StepBenchmark was moved from"});
  expect_error<UsageError>([&] { benchmark.train(1); }, {"this StepBenchmark was moved from"});
  expect_error<UsageError>([&] { benchmark.time(1); }, {"this StepBenchmark was moved from"});
  EXPECT_EQ(taken.train(1).size(), 6u);
}

TEST(MovedFrom, DataAndModelsAreRefused) {
  Trainer trainer(short_training(), cpu);
  Dataset data = Dataset::from_floats("d", {1, 2, 3, 4}, 2, {0, 1}, 2);
  Model model(make_mlp(2, {}, 2, make_activation(ActivationKind::relu), 0), 1);
  const Dataset kept = std::move(data);
  expect_error<UsageError>([&] { trainer.fit(model, data, {}); }, {"has no rows"});
  expect_error<UsageError>([&] { evaluate(model, data, {}, cpu); }, {"has no rows"});
  expect_error<UsageError>([&] { predict(model, data, Head::softmax, cpu); }, {"has no rows"});
  const Model taken = std::move(model);
  expect_error<UsageError>([&] { trainer.fit(model, kept, {}); }, {"an empty model cannot be trained"});
}

}  // namespace
}  // namespace minnow
