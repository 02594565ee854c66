// SPDX-License-Identifier: Apache-2.0
#include "src/train/run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/math/schedule.hpp"
#include "src/train/divergence.hpp"
#include "src/train/monitors.hpp"

namespace minnow::engine {

using kernels::Tally;

namespace {

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// One matrix per epoch may outgrow memory.
void drop_confusion(EpochRecord& record) {
  for (Metrics* metrics : {&record.train, &record.validation}) {
    if (metrics->classification) metrics->classification->confusion = std::vector<std::uint64_t>();
  }
}

}  // namespace

Run::Run(kernels::Backend& backend, const Training& training, std::span<Model> shoal, const Dataset& train,
         const Dataset& validation, const TrainingCallbacks& callbacks, ScheduleProgress& schedule)
    : backend_(backend),
      training_(training),
      shoal_(shoal),
      callbacks_(callbacks),
      schedule_(schedule),
      preprocessing_(preprocessing_of(train)),
      session_(backend, training, shoal, train, counted_in_validation(training, shoal[0].network(), validation)),
      kept_(backend, session_.parameters(), has_best(training, validation)) {
  for (std::size_t m = 0; m < shoal.size(); ++m) {
    const Hyperparameters own = hyperparameters(training, m);
    runs_.push_back({.own = own, .result = {}, .rule = StoppingRule(own.early_stopping)});
  }
  session_.memory().start_schedules(schedule.epochs);
  for (int m = 0; m < session_.models(); ++m) set_plateau(m);
  if (validation.rows() == 0) return;
  const LossInputs inputs = loss_inputs(training.loss, shoal[0].network(), validation);
  validation_data_ = std::make_unique<DeviceData>(backend, validation, preprocessing_, inputs);
  validation_ = std::make_unique<Evaluation>(backend, shoal[0].network(), session_.parameters(), *validation_data_,
                                             session_.totals().validation());
}

std::vector<RunResult> Run::operator()() {
  begin_ = last_progress_ = Clock::now();
  for (Model& model : shoal_) model.preprocessing = preprocessing_;
  for (int epoch = 1; epoch <= training_.epochs; ++epoch) {
    const Clock::time_point epoch_begin = Clock::now();
    session_.totals().reset();
    run_steps(epoch);
    validated_ = validation_ && (session_.epoch_done() || !interrupted_);
    if (validated_) validation_->run();
    end_epoch(epoch, epoch_begin);
    const bool last = session_.steps() == session_.total_steps();
    out_of_time_ = !last && (out_of_time_ || is_out_of_time());
    if (!tell_epoch() && !last && !out_of_time_) interrupted_ = true;
    if (last || out_of_time_ || interrupted_ || !any_active()) break;
  }
  return finish();
}

void Run::run_steps(int epoch) {
  const Clock::time_point begin = Clock::now();
  session_.start_epoch(epoch);
  told_.assign(runs_.size(), Tally{});
  const std::uint32_t first_step = session_.steps();
  while (!session_.epoch_done()) {
    session_.step();
    backend_.throttle();
    const bool stopped =
        (callbacks_.step_end && !tell_step()) || (callbacks_.stop_requested && callbacks_.stop_requested());
    if (session_.steps() == session_.total_steps()) break;  // nothing is left to be cut off
    interrupted_ = stopped;
    out_of_time_ = is_out_of_time();
    if (interrupted_ || out_of_time_) break;
    if (callbacks_.progress) report_progress(epoch, first_step);
  }
  backend_.synchronize();
  step_seconds_ += seconds_since(begin);
}

bool Run::is_out_of_time() const {
  return training_.time_limit > 0 && seconds_since(begin_) >= static_cast<double>(training_.time_limit);
}

bool Run::tell_step() {
  const std::span<const Tally> tallies = session_.totals().read_training_tallies();
  std::vector<double> losses;
  for (std::size_t m = 0; m < runs_.size(); ++m) {
    losses.push_back(mean_loss(tallies[m].loss - told_[m].loss, tallies[m].weight - told_[m].weight));
    told_[m] = tallies[m];
  }
  return callbacks_.step_end(session_.steps(), losses);
}

void Run::report_progress(int epoch, std::uint32_t first_step) {
  const Clock::time_point now = Clock::now();
  if (now - last_progress_ < std::chrono::milliseconds(100)) return;
  last_progress_ = now;
  std::vector<double> losses;
  for (const Tally& tally : session_.totals().read_training_tallies())
    losses.push_back(mean_loss(tally.loss, tally.weight));
  callbacks_.progress(epoch, session_.steps() - first_step, session_.steps_per_epoch(), losses);
}

void Run::end_epoch(int epoch, Clock::time_point begin) {
  session_.totals().read();
  const double seconds = seconds_since(begin);
  for (int m = 0; m < session_.models(); ++m) {
    ModelRun& run = runs_[static_cast<std::size_t>(m)];
    if (!run.active) continue;
    record_epoch(m, epoch, seconds);
    if (is_healthy(m)) continue;
    run.active = false;
    run.result.status = RunStatus::diverged;
    run.bad_step = session_.totals().training_tally(m).first_bad_step;
  }
  if (falls_back()) keep_whole_weights();
  keep_weights();
  for (int m = 0; m < session_.models(); ++m) {
    const ModelRun& run = runs_[static_cast<std::size_t>(m)];
    if (!run.active) continue;
    if (has_whole(run.own.early_stopping.monitor)) judge(m);
    const Schedule& schedule = run.own.schedule;
    if (schedule.kind != ScheduleKind::plateau || !has_whole(schedule.monitor)) continue;
    schedule_.plateaus[static_cast<std::size_t>(m)].observe(figure_of(schedule.monitor, run.result.history.back()));
    set_plateau(m);
  }
}

bool Run::has_whole(const Monitor& monitor) const {
  return monitor.validation ? validated_ : session_.epoch_done();
}

void Run::set_plateau(int m) {
  if (runs_[static_cast<std::size_t>(m)].own.schedule.kind != ScheduleKind::plateau) return;
  session_.memory().set_factor(m, schedule_.plateaus[static_cast<std::size_t>(m)].factor());
}

void Run::record_epoch(int m, int epoch, double seconds) {
  ModelRun& run = runs_[static_cast<std::size_t>(m)];
  EpochRecord record;
  record.epoch = epoch;
  record.partial = !session_.epoch_done();
  record.steps = session_.steps();
  record.train = session_.totals().training_metrics(m);
  record.validation = session_.totals().validation_metrics(m);
  const kernels::ModelState& state = session_.memory().model(m);
  record.learning_rate =
      static_cast<double>(math::learning_rate(state.schedule, state.optimizer.learning_rate, session_.steps() - 1));
  record.seconds = seconds;
  record.monitored = std::numeric_limits<double>::quiet_NaN();
  if (!run.result.history.empty() && !record.partial) drop_confusion(run.result.history.back());
  run.rows += record.train.rows;
  run.result.steps = record.steps;
  run.result.seconds = seconds_since(begin_);
  run.result.samples_per_second = static_cast<double>(run.rows) / step_seconds_;
  run.result.history.push_back(record);
}

bool Run::is_healthy(int m) const {
  const Tally& train = session_.totals().training_tally(m);
  const Tally& validation = session_.totals().validation_tally(m);
  if (train.first_bad_step != Tally::no_step || !std::isfinite(train.loss)) return false;
  if (validated_) return validation.first_bad_step == Tally::no_step && std::isfinite(validation.loss);
  return parameters_are_finite(m);  // the last update may have spoiled them, and no forward pass has seen it
}

bool Run::parameters_are_finite(int m) const {
  std::vector<float> parameters(shoal_[static_cast<std::size_t>(m)].parameter_count());
  session_.parameters().download(m, parameters);
  return std::all_of(parameters.begin(), parameters.end(), [](float value) { return std::isfinite(value); });
}

bool Run::falls_back() const {
  return interrupted_ && !session_.epoch_done() && session_.steps() > session_.steps_per_epoch();
}

void Run::keep_whole_weights() {
  for (int m = 0; m < session_.models(); ++m) {
    ModelRun& run = runs_[static_cast<std::size_t>(m)];
    if (!run.active) continue;
    run.whole_weights.resize(shoal_[static_cast<std::size_t>(m)].parameter_count());
    kept_.download_good(m, run.whole_weights);
  }
}

void Run::keep_weights() {
  const bool all = std::all_of(runs_.begin(), runs_.end(), [](const ModelRun& run) { return run.active; });
  if (all) {
    kept_.keep_all_good();
    return;
  }
  for (int m = 0; m < session_.models(); ++m) {
    if (runs_[static_cast<std::size_t>(m)].active) kept_.keep_good(m);
  }
}

void Run::judge(int m) {
  ModelRun& run = runs_[static_cast<std::size_t>(m)];
  EpochRecord& record = run.result.history.back();
  record.monitored = figure_of(run.own.early_stopping.monitor, record);
  record.best = run.rule.observe(record.epoch, record.monitored);
  if (record.best) {
    kept_.keep_best(m);
    run.result.best_epoch = record.epoch;
  }
  if (!run.rule.should_stop()) return;
  run.active = false;
  run.result.status = RunStatus::early_stopped;
  run.result.message = run.rule.reason();
}

bool Run::tell_epoch() {
  if (!callbacks_.epoch_end) return true;
  if (callbacks_.weights_each_epoch) update_models();
  std::vector<EpochRecord> records;
  for (const ModelRun& run : runs_) records.push_back(run.result.history.back());
  return callbacks_.epoch_end(records);
}

void Run::update_models() {
  for (int m = 0; m < session_.models(); ++m) {
    ModelRun& run = runs_[static_cast<std::size_t>(m)];
    Model& model = shoal_[static_cast<std::size_t>(m)];
    EpochRecord& record = run.result.history.back();
    if (record.weights_hash != 0) continue;  // frozen since an earlier epoch
    kept_.download_good(m, model.parameters());
    record.weights_hash = model.weights_hash();
  }
}

bool Run::any_active() const {
  return std::any_of(runs_.begin(), runs_.end(), [](const ModelRun& run) { return run.active; });
}

std::vector<RunResult> Run::finish() {
  const std::uint32_t steps = session_.steps(), epoch = session_.steps_per_epoch();
  schedule_.epochs += static_cast<double>(falls_back() ? steps - steps % epoch : steps) / epoch;
  for (int m = 0; m < session_.models(); ++m) finish_model(m);
  std::vector<RunResult> results;
  for (ModelRun& run : runs_) results.push_back(std::move(run.result));
  if (callbacks_.run_end) callbacks_.run_end(results);
  return results;
}

void Run::finish_model(int m) {
  ModelRun& run = runs_[static_cast<std::size_t>(m)];
  RunResult& result = run.result;
  Model& model = shoal_[static_cast<std::size_t>(m)];
  if (run.active) {
    result.status = interrupted_ ? RunStatus::interrupted : out_of_time_ ? RunStatus::time_limit : RunStatus::completed;
  }
  if (result.best_epoch > 0) {
    result.best_weights.resize(model.parameter_count());
    kept_.download_best(m, result.best_weights);
  }
  kept_.download_good(m, model.parameters());
  const int last = result.history.back().epoch;
  result.weights_epoch = result.status == RunStatus::diverged ? last - 1 : last;
  if (restores_best(run)) {
    fall_back(run, model, result.best_epoch, result.best_weights);
  } else if (!run.whole_weights.empty()) {
    fall_back(run, model, last - 1, run.whole_weights);
  }
  if (result.status == RunStatus::diverged) {
    result.message = describe_divergence(backend_, session_, kept_, m, last, run.bad_step);
  }
}

bool Run::restores_best(const ModelRun& run) {
  const RunStatus status = run.result.status;
  const EarlyStopping& stopping = run.own.early_stopping;
  return status != RunStatus::interrupted && status != RunStatus::diverged && stopping.patience > 0 &&
         stopping.restore_best && run.result.best_epoch > 0;
}

void Run::fall_back(ModelRun& run, Model& model, int epoch, std::span<const float> weights) {
  run.result.weights_epoch = epoch;
  run.result.last_weights.assign(model.parameters().begin(), model.parameters().end());
  std::ranges::copy(weights, model.parameters().begin());
}

}  // namespace minnow::engine
