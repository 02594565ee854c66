// SPDX-License-Identifier: Apache-2.0
#include "src/train/session.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "kernels/math/update_rule.hpp"
#include "minnow/error.hpp"
#include "src/train/checks.hpp"
#include "src/train/loss.hpp"
#include "src/train/monitors.hpp"

namespace minnow::engine {

TrainingStep::TrainingStep(const Parts& parts, const Workspace& workspace, int rows)
    : parts_(parts), net_(parts.backend, workspace, parts.parameters, rows, parts.memory.counters()) {}

void TrainingStep::gather_and_forward() const {
  parts_.backend.gather(net_.batch(), parts_.data.view(), parts_.order, parts_.memory.counters().step);
  net_.forward();
}

void TrainingStep::run() const {
  kernels::Backend& backend = parts_.backend;
  const StepCounters counters = parts_.memory.counters();
  backend.gather(net_.batch(), parts_.data.view(), parts_.order, counters.step);  // x[M,B,I], labels[M,B]
  net_.forward();                                                                 // -> outputs[M,B,O]
  evaluate_loss(backend, parts_.data, net_, true, parts_.totals, counters.step);
  net_.backward();  // -> gradients[M,P]
  apply_optimizer(backend, parts_.optimizer, parts_.parameters, counters.models);
  backend.advance(counters.step, counters.models, parts_.memory.models(), static_cast<std::uint32_t>(rows()));
}

namespace {

StepShape step_shape(const Training& training, int models, const LossInputs& loss) {
  return {.models = models,
          .batch = training.batch,
          .labels = loss.labels,
          .target_cols = loss.target_cols,
          .weights = loss.weights};
}

ParameterArena::Options arena_options(const Training& training) {
  const OptimizerStep step = optimizer_step(training);
  return {.gradients = true, .slots = step.slots, .chunk_sums = step.clip_norm};
}

std::size_t order_bytes(const Dataset& train, int models) {
  return static_cast<std::size_t>(models) * static_cast<std::size_t>(train.rows()) * sizeof(std::uint32_t);
}

std::vector<std::uint64_t> seeds_of(std::span<const Model> shoal) {
  std::vector<std::uint64_t> seeds;
  for (const Model& model : shoal) seeds.push_back(model.seed());
  return seeds;
}

std::vector<float> initial_states(const Training& training, int models) {
  std::vector<float> states;
  for (int m = 0; m < models; ++m) {
    states.push_back(math::initial_state(hyperparameters(training, static_cast<std::size_t>(m)).optimizer));
  }
  return states;
}

void check_shoal(std::span<const Model> shoal) {
  if (shoal.empty()) throw UsageError("no model to train");
  for (const Model& model : shoal) {
    if (model.parameter_count() == 0) throw UsageError("an empty model cannot be trained: construct it from a network");
    if (model.network() != shoal[0].network()) {
      throw UsageError("models that are trained at once must have one architecture, but two differ");
    }
  }
}

std::int64_t steps_of_epoch(const Training& training, const Dataset& train) {
  return (std::int64_t{train.rows()} + training.batch - 1) / training.batch;
}

/// To the end of the last epoch, or to the step limit where that comes first.
std::int64_t steps_of_run(const Training& training, const Dataset& train) {
  const std::int64_t steps = steps_of_epoch(training, train) * training.epochs;
  const auto limit = static_cast<std::int64_t>(std::min<std::uint64_t>(training.max_steps, INT64_MAX));
  return limit > 0 ? std::min(steps, limit) : steps;
}

void check_batch(const Training& training, const Dataset& train) {
  if (training.batch > train.rows()) {
    throw UsageError("batch " + std::to_string(training.batch) + " is larger than the training set's " +
                     std::to_string(train.rows()) + " rows: lower --batch");
  }
  const std::int64_t steps = steps_of_run(training, train);
  if (steps >= kernels::Tally::no_step) {
    throw UsageError(std::to_string(steps) +
                     " steps in all, expected fewer than 4294967295: lower the epochs, or set a lower step limit");
  }
}

}  // namespace

std::size_t TrainingSession::bytes(const Training& training, const Model& model, int models, const Dataset& train,
                                   const CountPlan& validation, std::size_t real_size) {
  const LossInputs inputs = loss_inputs(training.loss, model.network(), train);
  return DeviceData::bytes(train, inputs) + order_bytes(train, models) + StepMemory::bytes(models) +
         EpochTotals::bytes(models, counted_in_training(training, model.network(), train), validation) +
         ParameterArena::bytes(model.tensors(), models, arena_options(training), real_size) +
         Workspace::bytes(plan_layers(model.network(), inputs.head), step_shape(training, models, inputs), real_size);
}

void TrainingSession::check(const Training& training, std::span<const Model> shoal, const Dataset& train) {
  check_training(training);
  check_shoal(shoal);
  check_models(training, shoal.size());
  check_features(shoal[0].network(), train);
  check_batch(training, train);
  check_batch_norm(shoal[0].network(), train.rows(), training.batch);
  loss_inputs(training.loss, shoal[0].network(), train);
}

TrainingSession::Plan TrainingSession::make_plan(const Training& training, std::span<const Model> shoal,
                                                 const Dataset& train) {
  check(training, shoal, train);
  Plan plan;
  plan.loss = loss_inputs(training.loss, shoal[0].network(), train);
  plan.counted = counted_in_training(training, shoal[0].network(), train);
  plan.models = static_cast<int>(shoal.size());
  plan.full_batches = static_cast<std::uint32_t>(train.rows() / training.batch);
  plan.rest_rows = train.rows() % training.batch;
  plan.steps_per_epoch = static_cast<std::uint32_t>(steps_of_epoch(training, train));
  plan.total_steps = static_cast<std::uint32_t>(steps_of_run(training, train));
  return plan;
}

TrainingSession::TrainingSession(kernels::Backend& backend, const Training& training, std::span<const Model> shoal,
                                 const Dataset& train, const CountPlan& validation)
    : backend_(backend),
      plan_(make_plan(training, shoal, train)),
      initial_state_(initial_states(training, plan_.models)),
      seeds_(seeds_of(shoal)),
      data_(backend, train, preprocessing_of(train), plan_.loss),
      order_(backend.allocate(order_bytes(train, plan_.models))),
      parameters_(backend, shoal[0].tensors(), plan_.models, arena_options(training)),
      memory_(backend,
              model_states(training, plan_.total_steps, plan_.steps_per_epoch, seeds_, parameters_.first_bias()),
              milestone_steps(training, plan_.models, plan_.steps_per_epoch)),
      totals_(backend, plan_.models, plan_.counted, validation),
      workspace_(backend, plan_layers(shoal[0].network(), plan_.loss.head),
                 step_shape(training, plan_.models, plan_.loss)) {
  restart(shoal);
  record_steps(training);
}

void TrainingSession::restart(std::span<const Model> shoal) {
  for (int m = 0; m < plan_.models; ++m) {
    parameters_.upload(m, shoal[static_cast<std::size_t>(m)].parameters());
    parameters_.fill_state(m, static_cast<double>(initial_state_[static_cast<std::size_t>(m)]));
  }
  steps_ = 0;
  rewind();
}

void TrainingSession::record_steps(const Training& training) {
  const TrainingStep::Parts parts{
      backend_, data_, order_.as<std::uint32_t>(), parameters_, memory_, totals_.training(), optimizer_step(training)};
  full_ = std::make_unique<TrainingStep>(parts, workspace_, training.batch);
  run_full_ = backend_.record([step = full_.get()] { step->run(); });
  if (plan_.rest_rows == 0) return;
  rest_ = std::make_unique<TrainingStep>(parts, workspace_, plan_.rest_rows);
  run_rest_ = backend_.record([step = rest_.get()] { step->run(); });
}

void TrainingSession::start_epoch(int epoch) {
  backend_.shuffle(order_.as<std::uint32_t>(), static_cast<std::uint32_t>(data_.rows()), seeds_,
                   static_cast<std::uint32_t>(epoch));
  rewind();
}

std::vector<std::uint32_t> TrainingSession::order() const {
  std::vector<std::uint32_t> rows(static_cast<std::size_t>(plan_.models) * static_cast<std::size_t>(data_.rows()));
  backend_.download(rows.data(), order_.data(), rows.size() * sizeof(rows[0]));
  return rows;
}

void TrainingSession::rewind() {
  batch_ = 0;
  memory_.set_position(steps_, 0);
}

void TrainingSession::step() {
  (batch_ < plan_.full_batches ? run_full_ : run_rest_)();
  ++batch_;
  ++steps_;
}

const Net& TrainingSession::forward_only() {
  const TrainingStep& step = batch_ < plan_.full_batches ? *full_ : *rest_;
  step.gather_and_forward();
  return step.net();
}

}  // namespace minnow::engine
