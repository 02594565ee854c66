// SPDX-License-Identifier: Apache-2.0
#include "minnow/trainer.hpp"

#include <utility>

#include "kernels/backend.hpp"
#include "minnow/error.hpp"
#include "src/config/validity.hpp"
#include "src/model/network.hpp"
#include "src/train/checks.hpp"
#include "src/train/fit.hpp"
#include "src/train/held.hpp"
#include "src/train/monitors.hpp"
#include "src/train/run.hpp"

namespace minnow {

std::string to_string(RunStatus status) {
  switch (status) {
    case RunStatus::completed:
      return "completed";
    case RunStatus::early_stopped:
      return "early_stopped";
    case RunStatus::time_limit:
      return "time_limit";
    case RunStatus::interrupted:
      return "interrupted";
    case RunStatus::diverged:
      return "diverged";
  }
  throw InternalError("unknown run status " + std::to_string(static_cast<int>(status)));
}

double figure_of(const Monitor& monitor, const EpochRecord& record) {
  return figure_of(monitor.metric, monitor.validation ? record.validation : record.train);
}

const EpochRecord* record_of_weights(const RunResult& result) {
  return result.weights_epoch > 0 ? &result.history.at(static_cast<std::size_t>(result.weights_epoch - 1)) : nullptr;
}

struct Trainer::State {
  Training training;
  std::unique_ptr<kernels::Backend> backend;
  engine::ScheduleProgress progress = {};
};

namespace {

constexpr const char* this_trainer = "this Trainer";

Training checked(Training training) {
  engine::check_training(training);
  return training;
}

}  // namespace

Trainer::Trainer(Training training, Runtime runtime)
    : state_(new State{checked(std::move(training)), kernels::make_backend(runtime)}) {}
Trainer::~Trainer() = default;
Trainer::Trainer(Trainer&&) noexcept = default;
Trainer& Trainer::operator=(Trainer&&) noexcept = default;

std::string Trainer::device() const {
  return engine::held(state_, this_trainer).backend->name();
}
std::string Trainer::device_description() const {
  return engine::held(state_, this_trainer).backend->description();
}

std::size_t Trainer::check(const Model& model, const Dataset& train, const Dataset& validation) const {
  return check(std::span(&model, 1), train, validation);
}

std::size_t Trainer::check(std::span<const Model> shoal, const Dataset& train, const Dataset& validation) const {
  const State& state = engine::held(state_, this_trainer);
  return engine::check_fit(*state.backend, state.training, shoal, train, validation);
}

RunResult Trainer::fit(Model& model, const Dataset& train, const Dataset& validation,
                       const TrainingCallbacks& callbacks, ScheduleStart start) {
  return std::move(fit(std::span<Model>(&model, 1), train, validation, callbacks, start).front());
}

std::vector<RunResult> Trainer::fit(std::span<Model> shoal, const Dataset& train, const Dataset& validation,
                                    const TrainingCallbacks& callbacks, ScheduleStart start) {
  State& state = engine::held(state_, this_trainer);
  engine::expect_enumerator("schedule start", start, ScheduleStart::resume);
  if (start == ScheduleStart::restart) state.progress = {};
  return engine::fit(*state.backend, state.training, shoal, train, validation, callbacks, &state.progress);
}

}  // namespace minnow

namespace minnow::engine {
namespace {

void check_validation(const Training& training, const Network& network, const Dataset& train,
                      const Dataset& validation) {
  if (validation.rows() == 0) return;
  check_features(network, validation);
  loss_inputs(training.loss, network, validation);
  if (validation.is_bytes() != train.is_bytes()) {
    throw UsageError("validation data are stored as " + std::string(validation.is_bytes() ? "bytes" : "floats") +
                     ", training data are not: prepare both alike");
  }
}

/// What the session is told: a batch that depends on the data is decided.
Training decided(Training training, const Dataset& train) {
  training.batch = batch_of(training, train.rows());
  return training;
}

/// What a run takes besides the session.
std::size_t other_bytes(const kernels::Backend& backend, const Training& training, const Model& model, int models,
                        const Dataset& validation) {
  const std::size_t real = backend.real_size();
  std::size_t bytes =
      KeptWeights::bytes(model.tensors(), models, optimizer_step(training).slots, has_best(training, validation), real);
  if (validation.rows() == 0) return bytes;
  const LossInputs inputs = loss_inputs(training.loss, model.network(), validation);
  return bytes + DeviceData::bytes(validation, inputs) +
         Evaluation::bytes(model.network(), models, validation.rows(), inputs, real);
}

}  // namespace

std::size_t check_fit(const kernels::Backend& backend, const Training& wanted, std::span<const Model> shoal,
                      const Dataset& train, const Dataset& validation) {
  const Training training = decided(wanted, train);
  TrainingSession::check(training, shoal, train);
  const Network& network = shoal[0].network();
  check_validation(training, network, train, validation);
  check_monitors(training, network, train, validation);
  const int models = static_cast<int>(shoal.size());
  const std::size_t bytes =
      TrainingSession::bytes(training, shoal[0], models, train, counted_in_validation(training, network, validation),
                             backend.real_size()) +
      other_bytes(backend, training, shoal[0], models, validation);
  check_memory(backend, bytes);
  return bytes;
}

std::vector<RunResult> fit(kernels::Backend& backend, const Training& wanted, std::span<Model> shoal,
                           const Dataset& train, const Dataset& validation, const TrainingCallbacks& callbacks,
                           ScheduleProgress* progress) {
  const Training training = decided(wanted, train);
  check_fit(backend, training, shoal, train, validation);
  ScheduleProgress none;
  ScheduleProgress& schedule = progress != nullptr ? *progress : none;
  if (schedule.plateaus.empty()) {
    for (std::size_t m = 0; m < shoal.size(); ++m)
      schedule.plateaus.emplace_back(hyperparameters(training, m).schedule);
  }
  if (has_plateau(training) && schedule.plateaus.size() != shoal.size()) {
    throw UsageError("the plateau schedule of " + std::to_string(schedule.plateaus.size()) +
                     " models cannot be resumed with " + std::to_string(shoal.size()) + ": restart it");
  }
  return Run(backend, training, shoal, train, validation, callbacks, schedule)();
}

}  // namespace minnow::engine
