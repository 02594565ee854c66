// SPDX-License-Identifier: Apache-2.0
/// One batch and M models on one backend, for looking at losses and gradients: always the same step, so always the
/// same dropout masks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/backend.hpp"
#include "minnow/dataset.hpp"
#include "minnow/model.hpp"
#include "src/model/net.hpp"
#include "src/train/device_data.hpp"
#include "src/train/epoch_totals.hpp"
#include "src/train/step_memory.hpp"

namespace minnow::engine {

class GradientRig {
 public:
  /// All rows of `data` are the batch. Keeps every activation's input. `seeds` give the dropout masks.
  GradientRig(kernels::Backend& backend, const Network& network, const Dataset& data, const Loss& loss,
              std::span<const std::uint64_t> seeds);

  void upload(int model, std::span<const float> parameters) { parameters_.upload(model, parameters); }
  /// Replaces element `element` of a tensor in all models: values[M].
  void set_element(int tensor, std::int64_t element, std::span<const double> values);

  void forward() { net_.forward(); }
  /// Mean loss of each model.
  std::vector<double> losses();
  /// Forward and backward; then gradient() may be read.
  void compute_gradients();
  /// One tensor's gradient in one model.
  std::vector<double> gradient(int tensor, int model) const { return values(parameters_.gradient(tensor), model); }

  const Net& net() const { return net_; }
  const std::vector<LayerPlan>& layers() const { return workspace_.layers(); }
  const LossInputs& inputs() const { return data_.inputs(); }
  const ParameterArena& parameters() const { return parameters_; }
  /// Model m's matrix on the host.
  std::vector<double> values(const kernels::ConstView& view, int model) const;

 private:
  kernels::Backend& backend_;
  DeviceData data_;
  ParameterArena parameters_;
  StepMemory memory_;
  EpochTotals totals_;
  Workspace workspace_;
  Net net_;
};

}  // namespace minnow::engine
