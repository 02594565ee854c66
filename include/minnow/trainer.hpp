// SPDX-License-Identifier: Apache-2.0
/// Training one model, or a shoal of models side by side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "minnow/config.hpp"
#include "minnow/dataset.hpp"
#include "minnow/model.hpp"

namespace minnow {

/// One epoch of one model. The training figures are running ones: each batch before its own update.
struct EpochRecord {
  int epoch = 0;            ///< from 1
  bool partial = false;     ///< the run ended within the epoch: `train` is of the rows that it had seen
  std::uint64_t steps = 0;  ///< optimizer steps since the start of the run
  Metrics train;
  Metrics validation;  ///< rows == 0: no validation data, or interrupted before it
  double learning_rate = 0;
  double seconds = 0;              ///< wall time of this epoch, validation included
  double monitored = 0;            ///< early stopping's figure; NaN where it was not judged: it is not known, or the
                                   ///< epoch was cut short
  bool best = false;               ///< the monitored figure is the best so far
  std::uint64_t weights_hash = 0;  ///< Model::weights_hash() after this epoch, with weights_each_epoch; else 0
};

enum class RunStatus : std::uint8_t { completed, early_stopped, time_limit, interrupted, diverged };
std::string to_string(RunStatus status);

/// NaN where the epoch's record does not have it.
double figure_of(const Monitor& monitor, const EpochRecord& record);

/// What became of one model's run. The model itself holds the weights after `weights_epoch`: the last epoch; the best
/// one where early stopping restores it; after a divergence the last one before it; where the run was interrupted
/// within an epoch, the last whole one, if there is one.
struct RunResult {
  RunStatus status = RunStatus::completed;
  std::string message;  ///< diverged: step and layer; early stopping: which figure and since when
  std::uint64_t steps = 0;
  std::vector<EpochRecord> history;  ///< has confusion matrices of the last epoch alone, and of the last whole one;
                                     ///< epoch_end sees each
  int best_epoch = 0;                ///< by the monitored figure; 0: none
  int weights_epoch = 0;             ///< the epoch after which the model's weights stood; 0: the initial ones
  std::vector<float> best_weights;   ///< of best_epoch; empty if there is none
  std::vector<float> last_weights;   ///< the last good ones where the model holds older ones that are good too: after
                                     ///< early stopping and after an interruption within an epoch; else empty
  double seconds = 0;                ///< wall time of all epochs
  double samples_per_second = 0;     ///< training samples over the time spent in steps
};

/// The epoch whose figures are the model's: of RunResult::weights_epoch; nullptr where the weights are the initial
/// ones.
const EpochRecord* record_of_weights(const RunResult& result);

/// Why a training cannot give `metric` of `data` for such a network and loss, as "without class labels"; empty if it
/// can. Throws UsageError where the data do not fit the network.
std::string why_unknown(Metric metric, const Loss& loss, const Network& network, const Dataset& data);

/// What a run tells while it goes on. Any function may be empty; none is called from another thread.
struct TrainingCallbacks {
  /// After every epoch, a partial one included: one record per model of the shoal. Return false to stop the run
  /// (status interrupted). May throw: fit lets the exception pass, and what the models hold is as below.
  std::function<bool(std::span<const EpochRecord>)> epoch_end;
  /// Whether the models hold the last good weights of that moment when epoch_end is called, and the records their hash:
  /// one read-back per model and epoch. Otherwise the models change only at the end of fit.
  bool weights_each_epoch = false;
  /// After every step: steps since the start of the run, and each model's mean loss over the step's batch before its
  /// update, 0 where the batch has no weight. Return false to stop the run (status interrupted). Costs a wait for the
  /// device and a read-back each step.
  std::function<bool(std::uint64_t step, std::span<const double> losses)> step_end;
  /// At the end of fit, however it ended, before it returns.
  std::function<void(std::span<const RunResult>)> run_end;
  /// About ten times a second between steps: steps done and steps in this epoch, and each model's training loss of it
  /// so far (0 where all rows weigh 0). Costs a wait for the device and a read-back each time.
  std::function<void(int epoch, std::uint64_t step, std::uint64_t steps_per_epoch, std::span<const double> losses)>
      progress;
  /// Asked between steps; true finishes the step and stops (status interrupted). After an epoch's last step the epoch
  /// is finished too, with its validation.
  std::function<bool()> stop_requested;
};

/// Where a fit's learning rate schedule begins. Only the schedule is meant: the optimizer's state starts anew.
enum class ScheduleStart : std::uint8_t {
  restart,  ///< at its first epoch, as in the Trainer's first fit
  resume,   ///< where the Trainer's last fit ended: milestones count from the first fit on, and the reductions and the
            ///< patience of plateau carry over. A decay of length 0 covers the epochs of the first fit
};

/// Trains on one device, which it holds from construction on. Throws DeviceError where the device is not there.
class Trainer {
 public:
  /// Validates `training` (UsageError names the value).
  Trainer(Training training, Runtime runtime = {});
  ~Trainer();
  Trainer(Trainer&&) noexcept;
  Trainer& operator=(Trainer&&) noexcept;

  /// "cpu" or "cuda:0", as picked.
  std::string device() const;
  std::string device_description() const;

  /// Refuses what `fit` would refuse (UsageError, MemoryError), and returns the bytes that it would allocate on the
  /// device.
  std::size_t check(const Model& model, const Dataset& train, const Dataset& validation) const;
  std::size_t check(std::span<const Model> shoal, const Dataset& train, const Dataset& validation) const;

  /// Trains `model` from its present parameters. `validation` may be empty (rows 0).
  RunResult fit(Model& model, const Dataset& train, const Dataset& validation, const TrainingCallbacks& callbacks = {},
                ScheduleStart start = ScheduleStart::restart);
  /// Trains M models of one architecture at once, each with its own seed and, if there are any, its own of
  /// Training::models; each ends with the bits of its solo run.
  /// Resuming a plateau schedule with another number of models throws UsageError.
  std::vector<RunResult> fit(std::span<Model> shoal, const Dataset& train, const Dataset& validation,
                             const TrainingCallbacks& callbacks = {}, ScheduleStart start = ScheduleStart::restart);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace minnow
