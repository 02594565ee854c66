// SPDX-License-Identifier: Apache-2.0
/// A network on a device: two loops over its layers.
#pragma once

#include <vector>

#include "kernels/backend.hpp"
#include "src/model/layers.hpp"
#include "src/model/parameter_arena.hpp"
#include "src/model/workspace.hpp"

namespace minnow::engine {

/// The layers of a workspace bound to parameters, for one number of rows. All views are made here, none in a step.
class Net {
 public:
  /// `counters` are read by dropout only. Everything must outlive the net.
  Net(kernels::Backend& backend, const Workspace& workspace, const ParameterArena& parameters, int rows,
      const StepCounters& counters = {});

  /// inputs() -> outputs().
  void forward() const;
  /// output_gradient() -> the gradients of all parameters. Overwrites output_gradient(). For training only.
  void backward() const;

  const kernels::BatchView& batch() const { return batch_; }                  ///< x[M, B, I], labels, targets
  const kernels::View& outputs() const { return layers_.back().y; }           ///< [M, B, O]
  const kernels::View& output_gradient() const { return layers_.back().dy; }  ///< [M, B, O]
  const std::vector<LayerViews>& layers() const { return layers_; }
  int rows() const { return batch_.x.rows; }  ///< B

 private:
  void bind_forward(const Workspace& workspace, const ParameterArena& parameters);
  void bind_backward(const Workspace& workspace, const ParameterArena& parameters);

  kernels::Backend& backend_;
  StepCounters counters_;
  kernels::BatchView batch_;
  std::vector<LayerViews> layers_;
  std::size_t first_trained_ = 0;  ///< no layer before it has parameters: backward ends there
};

}  // namespace minnow::engine
