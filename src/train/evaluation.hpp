// SPDX-License-Identifier: Apache-2.0
/// Loss and hits of M models on every row of one dataset, which they share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "kernels/backend.hpp"
#include "minnow/dataset.hpp"
#include "minnow/model.hpp"
#include "src/model/net.hpp"
#include "src/train/device_data.hpp"
#include "src/train/epoch_totals.hpp"
#include "src/train/step_memory.hpp"

namespace minnow::engine {

/// Rows per pass. The same everywhere, since loss sums of different parts may differ in their last bits.
inline constexpr int evaluation_batch = 512;

/// Forward passes over a dataset in its own order, without dropout. Two recordings: full batches and the rest.
class Evaluation {
 public:
  /// Adds to the totals. Everything must outlive this.
  Evaluation(kernels::Backend& backend, const Network& network, const ParameterArena& parameters,
             const DeviceData& data, const Totals& totals);
  Evaluation(const Evaluation&) = delete;
  /// Bytes of device memory that the constructor allocates, but for a few counters.
  static std::size_t bytes(const Network& network, int models, int rows, const LossInputs& inputs,
                           std::size_t real_size);

  /// Every row once. Waits for nothing.
  void run();

 private:
  void run_batch(const Net& net);

  kernels::Backend& backend_;
  const DeviceData& data_;
  Totals totals_;
  StepMemory memory_;
  Workspace workspace_;
  std::unique_ptr<Net> full_, rest_;
  std::function<void()> run_full_, run_rest_;
};

/// The shape of a forward pass without backward.
StepShape forward_shape(const std::vector<LayerPlan>& layers, int models, int rows, const LossInputs& inputs);
/// The layers that act outside training.
std::vector<LayerPlan> forward_layers(const Network& network, Head head);

}  // namespace minnow::engine
