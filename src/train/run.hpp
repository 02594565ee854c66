// SPDX-License-Identifier: Apache-2.0
/// One call of fit: the loop over epochs, and what it keeps of every model.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/backend.hpp"
#include "minnow/trainer.hpp"
#include "src/train/evaluation.hpp"
#include "src/train/fit.hpp"
#include "src/train/kept_weights.hpp"
#include "src/train/session.hpp"
#include "src/train/stopping_rule.hpp"

namespace minnow::engine {

class Run {
 public:
  /// Throws where data, network and training do not fit.
  Run(kernels::Backend& backend, const Training& training, std::span<Model> shoal, const Dataset& train,
      const Dataset& validation, const TrainingCallbacks& callbacks, ScheduleProgress& schedule);

  /// Trains; the models then hold their final parameters.
  std::vector<RunResult> operator()();

 private:
  using Clock = std::chrono::steady_clock;

  /// What is known of one model of the shoal.
  struct ModelRun {
    Hyperparameters own;
    RunResult result;
    StoppingRule rule;
    bool active = true;  ///< else frozen: still computed with the others, but nobody looks at it
    std::uint32_t bad_step = kernels::Tally::no_step;  ///< diverged: where the loss shows it, if it does
    std::uint64_t rows = 0;                            ///< training samples so far
    std::vector<float> whole_weights = {};             ///< interrupted within an epoch: those after the last whole one
  };

  /// The epoch's batches; ends early on request, and where the run ends.
  void run_steps(int epoch);
  void report_progress(int epoch, std::uint32_t first_step);
  bool is_out_of_time() const;
  /// The callback's answer: whether to go on.
  bool tell_step();
  /// Reads the totals, once per epoch; keeps, freezes and records accordingly.
  void end_epoch(int epoch, Clock::time_point begin);
  void record_epoch(int m, int epoch, double seconds);
  bool is_healthy(int m) const;
  bool parameters_are_finite(int m) const;
  /// Whether the run ends by request within an epoch other than the first: its outcome is the last whole epoch's.
  bool falls_back() const;
  /// To the host, before keep_weights replaces them.
  void keep_whole_weights();
  void keep_weights();
  /// Whether this epoch gave the figure of all its data.
  bool has_whole(const Monitor& monitor) const;
  void judge(int m);
  /// Tells the next epoch's steps what the plateau schedule has made of the rate.
  void set_plateau(int m);
  /// The callback's answer: whether to go on.
  bool tell_epoch();
  /// The models' parameters and the records' hashes.
  void update_models();
  bool any_active() const;
  /// Final weights and messages; afterwards the parameters on the device are of no more use.
  std::vector<RunResult> finish();
  void finish_model(int m);
  static bool restores_best(const ModelRun& run);
  /// From the last good weights to older ones.
  static void fall_back(ModelRun& run, Model& model, int epoch, std::span<const float> weights);

  kernels::Backend& backend_;
  Training training_;
  std::span<Model> shoal_;
  const TrainingCallbacks& callbacks_;
  ScheduleProgress& schedule_;
  Preprocessing preprocessing_;
  TrainingSession session_;
  KeptWeights kept_;
  std::unique_ptr<DeviceData> validation_data_;
  std::unique_ptr<Evaluation> validation_;
  std::vector<ModelRun> runs_;
  std::vector<kernels::Tally> told_;  ///< what step_end has been told of this epoch
  bool interrupted_ = false;
  bool out_of_time_ = false;
  bool validated_ = false;  ///< this epoch's validation figures exist
  double step_seconds_ = 0;
  Clock::time_point begin_, last_progress_;
};

}  // namespace minnow::engine
