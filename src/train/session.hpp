// SPDX-License-Identifier: Apache-2.0
/// M models and their training set on a device: the step, recorded once for full batches and once for the short last
/// one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "kernels/backend.hpp"
#include "minnow/config.hpp"
#include "minnow/dataset.hpp"
#include "minnow/model.hpp"
#include "src/model/net.hpp"
#include "src/train/device_data.hpp"
#include "src/train/epoch_totals.hpp"
#include "src/train/optimizer.hpp"
#include "src/train/step_memory.hpp"

namespace minnow::engine {

/// One training step of M models for one number of rows.
class TrainingStep {
 public:
  struct Parts {
    kernels::Backend& backend;
    const DeviceData& data;
    const std::uint32_t* order;  ///< [M, N]
    const ParameterArena& parameters;
    StepMemory& memory;
    Totals totals;
    OptimizerStep optimizer;
  };
  TrainingStep(const Parts& parts, const Workspace& workspace, int rows);

  void run() const;
  /// The first half of run(): changes no parameter, counts nothing.
  void gather_and_forward() const;
  const Net& net() const { return net_; }
  int rows() const { return net_.rows(); }

 private:
  Parts parts_;
  Net net_;
};

class TrainingSession {
 public:
  /// Throws UsageError for whatever does not fit together.
  static void check(const Training& training, std::span<const Model> shoal, const Dataset& train);
  /// Bytes of device memory that a session takes.
  static std::size_t bytes(const Training& training, const Model& model, int models, const Dataset& train,
                           const CountPlan& validation, std::size_t real_size);
  /// Checks likewise before anything is allocated. Starts from the parameters that the models have; all are of one
  /// architecture. `validation`: what totals() counts of validation data.
  TrainingSession(kernels::Backend& backend, const Training& training, std::span<const Model> shoal,
                  const Dataset& train, const CountPlan& validation = {});

  std::uint32_t steps_per_epoch() const { return plan_.steps_per_epoch; }
  std::uint32_t steps() const { return steps_; }                   ///< taken since the start of the run
  std::uint32_t total_steps() const { return plan_.total_steps; }  ///< of a run that nothing ends early
  int models() const { return parameters_.models(); }

  /// Draws the order of epoch `epoch` (from 1) for every model and goes to its first row.
  void start_epoch(int epoch);
  /// The present order of each model's rows, [M, N]. Waits for the device.
  std::vector<std::uint32_t> order() const;
  /// As after construction, with the parameters that `shoal` has now.
  void restart(std::span<const Model> shoal);
  /// Goes back to the first row of the present order; the step counter stays.
  void rewind();
  bool epoch_done() const { return batch_ == plan_.steps_per_epoch; }
  /// The epoch's next batch. Waits for nothing.
  void step();
  /// Forward of the epoch's next batch alone, to look at its layers.
  const Net& forward_only();
  /// Pretends that `steps` steps were taken; start_epoch then goes on from there.
  void set_steps(std::uint32_t steps) { steps_ = steps; }

  const ParameterArena& parameters() const { return parameters_; }
  ParameterArena& parameters() { return parameters_; }
  StepMemory& memory() { return memory_; }
  EpochTotals& totals() { return totals_; }
  const EpochTotals& totals() const { return totals_; }
  const std::vector<LayerPlan>& layers() const { return workspace_.layers(); }  ///< as in forward_only().layers()

 private:
  /// What follows from the sizes alone.
  struct Plan {
    LossInputs loss;
    CountPlan counted;
    int models = 0;
    int rest_rows = 0;  ///< rows of the short last batch, or 0
    std::uint32_t full_batches = 0;
    std::uint32_t steps_per_epoch = 0;
    std::uint32_t total_steps = 0;
  };
  static Plan make_plan(const Training& training, std::span<const Model> shoal, const Dataset& train);
  void record_steps(const Training& training);

  kernels::Backend& backend_;
  Plan plan_;
  std::vector<float> initial_state_;  ///< of each model's slots
  std::vector<std::uint64_t> seeds_;
  std::uint32_t steps_ = 0;
  std::uint32_t batch_ = 0;  ///< of the epoch
  DeviceData data_;
  kernels::Memory order_;
  ParameterArena parameters_;
  StepMemory memory_;
  EpochTotals totals_;
  Workspace workspace_;
  std::unique_ptr<TrainingStep> full_, rest_;
  std::function<void()> run_full_, run_rest_;
};

}  // namespace minnow::engine
