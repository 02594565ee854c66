// SPDX-License-Identifier: Apache-2.0
/// Learning rate schedules: PyTorch's rates (scripts/make_golden.py), on the host and on every backend, and what must
/// not go wrong with them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/math/schedule.hpp"
#include "minnow/error.hpp"
#include "src/train/fit.hpp"
#include "src/train/optimizer.hpp"
#include "src/train/step_memory.hpp"
#include "tests/support/backends.hpp"
#include "tests/train/golden_rates.hpp"
#include "tests/train/training_data.hpp"

namespace minnow::test {
namespace {

constexpr std::uint32_t epoch = 4;  // steps
constexpr int epochs = 10;

struct GoldenSchedule {
  Schedule schedule;
  std::vector<double> rates;  ///< of each step, or of each epoch where the interval is one
};
const std::vector<GoldenSchedule>& golden_schedules() {
  static const std::vector<GoldenSchedule> rows = {
#include "tests/math/golden_schedules.inc"
  };
  return rows;
}

float rate_of(const Schedule& schedule, std::uint32_t step, float base = 0.1f) {
  return math::learning_rate(engine::step_schedule(schedule, epochs * epoch, epoch), base, step);
}

std::string text(const Schedule& schedule) {
  return to_string(schedule.kind) + " by " + to_string(schedule.interval);
}

TEST(Schedules, HavePyTorchsRates) {
  std::vector<int> rows(schedule_count);
  for (const GoldenSchedule& row : golden_schedules()) {
    ++rows[static_cast<std::size_t>(row.schedule.kind)];
    for (std::uint32_t step = 0; step < epochs * epoch; ++step) {
      const std::size_t index = row.schedule.interval == Interval::epoch ? step / epoch : step;
      const double found = static_cast<double>(rate_of(row.schedule, step));
      EXPECT_TRUE(agrees(found, row.rates.at(index)))
          << text(row.schedule) << " at step " << step << ": " << found << ", expected " << row.rates.at(index);
    }
  }
  for (int kind = 0; kind < schedule_count; ++kind) {
    const auto k = static_cast<ScheduleKind>(kind);
    const bool in_torch = k != ScheduleKind::subtractive_step && k != ScheduleKind::plateau;
    EXPECT_EQ(rows[static_cast<std::size_t>(kind)] > 0, in_torch) << to_string(k);
  }
}

/// By the formula: base gamma^floor(e / period), each step for itself. Rounded to whole steps, a period of 1.5 epochs
/// of 3 steps used to drop at steps 5, 10, 15, ... and, held within epochs, at epochs 2, 4 and 5 instead of 2, 3 and 5.
TEST(Schedules, PeriodsOfAFractionOfAStepDoNotAddUp) {
  for (const float period : {1.5f, 0.7f, 0.1f, 0.4f, 1.0f / 3, 2.3f, 7.0f}) {
    for (const std::uint32_t steps_per_epoch : {1u, 3u, 4u, 10u, 937u}) {
      for (const Interval interval : {Interval::step, Interval::epoch}) {
        const Schedule drops = {.kind = ScheduleKind::step, .period = period, .gamma = 0.5f, .interval = interval};
        const Schedule cycles = {.kind = ScheduleKind::cosine_restarts, .period = period, .interval = interval};
        const auto rate = [&](const Schedule& schedule, std::uint32_t step) {
          return static_cast<double>(
              math::learning_rate(engine::step_schedule(schedule, 100 * steps_per_epoch, steps_per_epoch), 1, step));
        };
        for (std::uint32_t step = 0; step < 100 * steps_per_epoch; step += 1 + step / 50) {
          const std::uint32_t at = interval == Interval::epoch ? step - step % steps_per_epoch : step;
          // In units of 1e-4 epochs a period with four decimals, or a third, is exact but for the last place.
          const double periods = static_cast<double>(at) / steps_per_epoch / (std::round(period * 3e4) / 3e4);
          const double whole = std::floor(periods + 1e-9), share = std::max(0.0, periods - whole);
          EXPECT_EQ(rate(drops, step), static_cast<double>(static_cast<float>(std::pow(0.5, whole))))
              << period << " epochs of " << steps_per_epoch << " by " << to_string(interval) << " at step " << step;
          EXPECT_NEAR(rate(cycles, step), (1 + std::cos(std::acos(-1.0) * share)) / 2, 4e-7 * (1 + whole))
              << period << " epochs of " << steps_per_epoch << " by " << to_string(interval) << " at step " << step;
        }
      }
    }
  }
}

/// Cycles of 1.5, 3, 6, ... epochs of 3 steps begin at steps 4.5, 13.5 and 31.5.
TEST(Schedules, GrowingCyclesOfAFractionOfAStepDoNotAddUp) {
  const Schedule cycles = {.kind = ScheduleKind::cosine_restarts, .period = 1.5f, .period_multiplier = 2};
  const kernels::StepSchedule steps = engine::step_schedule(cycles, 100, 3);
  const auto expect = [&](std::uint32_t step, double share) {
    EXPECT_NEAR(static_cast<double>(math::learning_rate(steps, 1, step)), (1 + std::cos(std::acos(-1.0) * share)) / 2,
                1e-6)
        << step;
  };
  expect(4, 4 / 4.5);
  expect(5, 0.5 / 9);
  expect(13, 8.5 / 9);
  expect(14, 0.5 / 18);
  expect(31, 17.5 / 18);
  expect(32, 0.5 / 36);
}

class ScheduleTest : public BackendTest {};

/// What lasts "to the end of the run" ends with its last step, whichever limit that comes from. cosine used to end at
/// 0.9999 of the rate and one_cycle never to leave its rise where max_steps came first.
TEST_P(ScheduleTest, EndsWithTheRunWhereMaxStepsComesFirst) {
  const auto last_rate = [&](const Schedule& schedule, int epochs_, std::uint64_t max_steps) {
    Training training = small_training(epochs_, 10, OptimizerKind::sgd, 0.1f);
    training.max_steps = max_steps;
    training.schedule = schedule;
    Model model(small_mlp(9, 3), 1);
    const RunResult result =
        engine::fit(backend(), training, std::span(&model, 1), byte_blobs(40, 9, 3, 1), {}, {}).front();
    EXPECT_EQ(result.steps, 8u);
    return result.history.back().learning_rate;
  };
  for (const ScheduleKind kind :
       {ScheduleKind::linear, ScheduleKind::polynomial, ScheduleKind::cosine, ScheduleKind::one_cycle}) {
    const Schedule schedule = {.kind = kind};
    const double rate = last_rate(schedule, 2, 0);
    EXPECT_EQ(last_rate(schedule, 1000000000, 8), rate) << to_string(kind);
    EXPECT_EQ(last_rate(schedule, 2, 1000), rate) << to_string(kind) << ": the epochs come first";
  }
  EXPECT_LT(last_rate({.kind = ScheduleKind::one_cycle}, 100, 8), 1e-6);
  EXPECT_LT(last_rate({.kind = ScheduleKind::cosine}, 100, 8), 0.1 * 0.04);
}

/// `advance` leaves in device memory what the formula says, for models with schedules of their own.
TEST_P(ScheduleTest, EveryBackendHasTheHostsRates) {
  std::vector<kernels::ModelState> models;
  for (const GoldenSchedule& row : golden_schedules()) {
    kernels::ModelState& model = models.emplace_back();
    model.optimizer = make_optimizer(OptimizerKind::nadam);
    model.optimizer.learning_rate = 0.1f;
    model.schedule = engine::step_schedule(row.schedule, epochs * epoch, epoch);
    model.schedule.warmup = 3;
    math::prepare(model, 0);
  }
  const std::size_t bytes = models.size() * sizeof(kernels::ModelState);
  const kernels::Memory memory = backend().allocate(bytes), counter = backend().allocate(sizeof(kernels::StepState));
  backend().upload(memory.data(), models.data(), bytes);
  std::vector<kernels::ModelState> found = models;
  for (std::uint32_t step = 1; step < 60; ++step) {
    backend().advance(counter.as<kernels::StepState>(), memory.as<kernels::ModelState>(),
                      static_cast<int>(models.size()), 1);
    backend().download(found.data(), memory.data(), bytes);
    for (std::size_t m = 0; m < models.size(); ++m) {
      math::prepare(models[m], step);
      EXPECT_EQ(found[m].rates.learning_rate, models[m].rates.learning_rate) << text(golden_schedules()[m].schedule);
      EXPECT_EQ(found[m].rates.momentum, models[m].rates.momentum);
      EXPECT_EQ(found[m].rates.momentum_product, models[m].rates.momentum_product);
    }
  }
}

TEST(Schedules, EndAtTheirLimits) {
  const Schedule cosine = {.kind = ScheduleKind::cosine, .minimum = 0.01f};
  EXPECT_EQ(rate_of(cosine, 0, 0.5f), 0.5f);
  EXPECT_EQ(rate_of(cosine, 40, 0.5f), 0.01f);
  EXPECT_EQ(rate_of(cosine, 0xffffffffu, 0.5f), 0.01f);
  const Schedule polynomial = {.kind = ScheduleKind::polynomial, .minimum = 0.01f, .power = 1.7f};
  EXPECT_EQ(rate_of(polynomial, 0, 0.5f), 0.5f);
  EXPECT_EQ(rate_of(polynomial, 40, 0.5f), 0.01f);
  EXPECT_EQ(rate_of(polynomial, 0xffffffffu, 0.5f), 0.01f);
  const Schedule restarts = {.kind = ScheduleKind::cosine_restarts, .period = 1, .period_multiplier = 3};
  EXPECT_EQ(rate_of(restarts, 4 * (1 + 3 + 9), 0.5f), 0.5f);
  EXPECT_GE(rate_of(restarts, 0xffffffffu, 0.5f), 0);
  EXPECT_EQ(rate_of({.kind = ScheduleKind::exponential, .gamma = 0.1f}, 0xffffffffu), 0);
  const Schedule cycle = {.kind = ScheduleKind::one_cycle};
  EXPECT_EQ(rate_of(cycle, 39), rate_of(cycle, 0xffffffffu)) << "the last rate stays";
  EXPECT_LE(rate_of(cycle, 39), 0.1f / 25 / 1e4f * 1.01f);
}

TEST(Schedules, WarmUpComesBeforeAnyOfThem) {
  for (int kind = 0; kind < schedule_count; ++kind) {
    Schedule schedule = {.kind = static_cast<ScheduleKind>(kind)};
    schedule.milestones = {1};
    schedule.amount = 0.25f;
    schedule.length = 8;
    Schedule warm = schedule;
    warm.warmup = 2;
    for (std::uint32_t step = 0; step < 8; ++step) {
      EXPECT_EQ(rate_of(warm, step, 1), static_cast<float>(step + 1) / 8) << to_string(schedule.kind);
    }
    if (schedule.kind == ScheduleKind::one_cycle) continue;  // whose length is that of the run
    for (std::uint32_t step = 0; step < 20; ++step) {
      EXPECT_EQ(rate_of(warm, 8 + step, 1), rate_of(schedule, step, 1)) << to_string(schedule.kind) << " " << step;
    }
  }
}

TEST(Schedules, ARateThatIsHeldChangesBetweenEpochsOnly) {
  for (const GoldenSchedule& row : golden_schedules()) {
    Schedule held = row.schedule;
    held.interval = Interval::epoch;
    for (std::uint32_t step = 0; step < 40; ++step) {
      EXPECT_EQ(rate_of(held, step), rate_of(held, step / epoch * epoch)) << text(held) << " " << step;
    }
  }
}

/// The rate 0.2 lowered by subtracting 0.05 at epochs 0 and 5.
TEST(Schedules, SubtractiveStep) {
  Schedule schedule = {.kind = ScheduleKind::subtractive_step, .amount = 0.05f, .milestones = {0, 5}};
  EXPECT_FLOAT_EQ(rate_of(schedule, 0, 0.2f), 0.15f);
  EXPECT_FLOAT_EQ(rate_of(schedule, 19, 0.2f), 0.15f);
  EXPECT_FLOAT_EQ(rate_of(schedule, 20, 0.2f), 0.1f);
  EXPECT_FLOAT_EQ(rate_of(schedule, 400, 0.2f), 0.1f);
  schedule.minimum = 0.12f;
  EXPECT_EQ(rate_of(schedule, 20, 0.2f), 0.12f);
  schedule.minimum = 0;
  schedule.amount = 0.15f;
  EXPECT_EQ(rate_of(schedule, 20, 0.2f), 0) << "never below 0";
}

/// A cumulative product would be far below (1 - t / T)^p.
TEST(Schedules, PolynomialIsNotAppliedCumulatively) {
  const Schedule schedule = {.kind = ScheduleKind::polynomial};
  kernels::ModelState model;
  model.optimizer.learning_rate = 0.1f;
  model.schedule = engine::step_schedule(schedule, epochs * epoch, epoch);
  math::prepare(model, 0);
  for (std::uint32_t step = 1; step <= 40; ++step) {
    math::prepare_next(model, step);
    EXPECT_NEAR(static_cast<double>(model.rates.learning_rate), 0.1 * (1 - step / 40.0), 1e-8);
  }
}

/// 0.29 * 100 is 28.999999999999996 in double.
TEST(Schedules, AResumedOneGoesOnAtTheStepWhereItStood) {
  const auto backend = kernels::make_reference_backend();
  std::vector<kernels::ModelState> models(1);
  models[0].schedule.epoch = 100;
  engine::StepMemory memory(*backend, models);
  memory.start_schedules(29.0 / 100);
  EXPECT_EQ(memory.model(0).schedule.offset, 29u);
}

/// The device holds the next few; a9641de held 16 and refused more.
TEST(Schedules, MilestonesAreAsManyAsYouLike) {
  Schedule schedule = {.kind = ScheduleKind::subtractive_step, .warmup = 0.5f, .amount = 1};
  for (int e = 0; e < 100; ++e) schedule.milestones.push_back(e + e / 3);
  const auto backend = kernels::make_reference_backend();
  std::vector<kernels::ModelState> models(1);
  models[0].optimizer.learning_rate = 1000;
  models[0].schedule = engine::step_schedule(schedule, epochs * epoch, epoch);
  engine::StepMemory memory(*backend, models, {engine::milestone_steps(schedule, epoch)});
  for (std::uint32_t e = 0; e < 150; ++e) {
    memory.set_position(e * epoch, 0);
    for (std::uint32_t step = e * epoch; step <= (e + 1) * epoch; ++step) {  // with the next epoch's first
      if (step < epoch / 2) continue;                                        // the warm-up
      const auto passed = std::ranges::count_if(schedule.milestones, [&](int milestone) {
        return static_cast<std::uint32_t>(milestone) * epoch + epoch / 2 <= step;
      });
      EXPECT_EQ(math::learning_rate(memory.model(0).schedule, 1000, step), 1000 - static_cast<float>(passed)) << step;
    }
  }
}

TEST(Schedules, OneThatIsResumedForEverDoesNotBeginAgain) {
  kernels::StepSchedule schedule;
  schedule.kind = ScheduleKind::linear;
  schedule.total = 10;
  schedule.end_factor = 0.25f;
  schedule.offset = 0xfffffff0u;
  EXPECT_EQ(math::learning_rate(schedule, 1, 0xf), 0.25f);
  EXPECT_EQ(math::learning_rate(schedule, 1, 0x12), 0.25f) << "2^32 steps and two";
}

/// Rates of each epoch's last step.
std::vector<float> rates_of(const RunResult& result) {
  std::vector<float> rates;
  for (const EpochRecord& record : result.history) rates.push_back(static_cast<float>(record.learning_rate));
  return rates;
}

/// Each model of a shoal has its own plateau: one of them cannot learn, the other does.
TEST_P(ScheduleTest, PlateauLowersEachModelsOwnRate) {
  Training training = small_training(8, 16, OptimizerKind::adam, 0.01f);
  training.schedule = {.kind = ScheduleKind::plateau, .gamma = 0.5f, .patience = 1};
  std::vector<Model> shoal;
  for (std::uint64_t seed : {1, 2}) shoal.emplace_back(small_mlp(9, 3), seed);
  for (float& parameter : shoal[1].parameters()) parameter = 0;  // only its last biases move
  std::vector<RunResult> together =
      engine::fit(backend(), training, shoal, byte_blobs(99, 9, 3, 1), byte_blobs(31, 9, 3, 1), {});
  EXPECT_EQ(rates_of(together[0]), std::vector<float>(8, 0.01f));
  EXPECT_LT(rates_of(together[1]).back(), 0.006f);
  EXPECT_EQ(rates_of(together[1]).front(), 0.01f);

  Model alone(small_mlp(9, 3), 2);
  for (float& parameter : alone.parameters()) parameter = 0;
  const RunResult solo =
      engine::fit(backend(), training, std::span(&alone, 1), byte_blobs(99, 9, 3, 1), byte_blobs(31, 9, 3, 1), {})
          .front();
  EXPECT_EQ(rates_of(solo), rates_of(together[1]));
  EXPECT_EQ(alone.weights_hash(), shoal[1].weights_hash());
}

INSTANTIATE_TEST_SUITE_P(Backends, ScheduleTest, testing::ValuesIn(backend_cases()), backend_case_name);

class SecondFit : public testing::Test {
 protected:
  std::vector<float> fit(const Dataset& validation, ScheduleStart start = ScheduleStart::restart) {
    return rates_of(trainer_->fit(model_, byte_blobs(40, 9, 3, 1), validation, {}, start));
  }
  void make_trainer(const Schedule& schedule) {
    Training training = small_training(3, 10, OptimizerKind::sgd, 1);
    training.schedule = schedule;
    trainer_ = std::make_unique<Trainer>(training, Runtime{.device = {DeviceKind::cpu, 0}, .threads = 1});
  }

  std::unique_ptr<Trainer> trainer_;
  Model model_{small_mlp(9, 3), 1};
};

TEST_F(SecondFit, KeepsItsMilestones) {
  make_trainer({.kind = ScheduleKind::multi_step, .gamma = 0.5f, .milestones = {1, 4, 5}});
  const std::vector<float> first = {1, 0.5f, 0.5f};
  EXPECT_EQ(fit({}), first);
  EXPECT_EQ(fit({}), first) << "a restarted schedule meets the same milestones";
  EXPECT_EQ(fit({}, ScheduleStart::resume), (std::vector<float>{0.5f, 0.25f, 0.125f}));
  EXPECT_EQ(fit({}, ScheduleStart::resume), (std::vector<float>{0.125f, 0.125f, 0.125f}));
  EXPECT_EQ(fit({}, ScheduleStart::restart), first);
}

TEST_F(SecondFit, ResumedFirstIsAStart) {
  make_trainer({.kind = ScheduleKind::step, .period = 2, .gamma = 0.5f});
  EXPECT_EQ(fit({}, ScheduleStart::resume), (std::vector<float>{1, 1, 0.5f}));
  EXPECT_EQ(fit({}, ScheduleStart::resume), (std::vector<float>{0.5f, 0.25f, 0.25f}));
}

TEST_F(SecondFit, PlateauKeepsItsReductions) {
  make_trainer({.kind = ScheduleKind::plateau,
                .gamma = 0.5f,
                .patience = 0,
                .threshold = 1e6f,
                .threshold_mode = ThresholdMode::absolute});
  const Dataset validation = byte_blobs(12, 9, 3, 1);
  EXPECT_EQ(fit(validation), (std::vector<float>{1, 1, 0.5f}));
  EXPECT_EQ(fit(validation, ScheduleStart::resume), (std::vector<float>{0.25f, 0.125f, 0.0625f}));
  EXPECT_EQ(fit(validation, ScheduleStart::restart), (std::vector<float>{1, 1, 0.5f}));
  std::vector<Model> two;
  for (std::uint64_t seed : {1, 2}) two.emplace_back(small_mlp(9, 3), seed);
  EXPECT_THROW(trainer_->fit(two, byte_blobs(40, 9, 3, 1), validation, {}, ScheduleStart::resume), UsageError);
}

}  // namespace
}  // namespace minnow::test
