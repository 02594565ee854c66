// SPDX-License-Identifier: Apache-2.0
/// Every buffer of a step, planned once: nothing is allocated while a network runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/backend.hpp"
#include "src/model/network.hpp"

namespace minnow::engine {

/// What a workspace is for.
struct StepShape {
  int models = 1;             ///< M
  int batch = 1;              ///< B; fewer rows fit too
  bool training = true;       ///< outputs are kept for backward, dropout acts; else two buffers take turns
  bool shared_input = false;  ///< all models read one batch
  bool labels = false;
  int target_cols = 0;       ///< 0: no targets
  bool weights = false;      ///< sample weights
  bool keep_inputs = false;  ///< keep every activation's input, needed or not
};

class Workspace {
 public:
  Workspace(kernels::Backend& backend, std::vector<LayerPlan> layers, const StepShape& shape);
  /// Bytes that the constructor allocates.
  static std::size_t bytes(const std::vector<LayerPlan>& layers, const StepShape& shape, std::size_t real_size);

  const std::vector<LayerPlan>& layers() const { return layers_; }
  const StepShape& shape() const { return shape_; }

  /// Views for the given number of rows, at most B; models lie back to back.
  kernels::BatchView batch(int rows) const;
  kernels::View output(int layer, int rows) const;  ///< y[M, rows, O]
  /// z[M, rows, O]: what the layer's activation is applied to; y itself where nobody needs it afterwards.
  kernels::View activation_input(int layer, int rows) const;
  /// One of two buffers for the gradients that pass from layer to layer, [M, rows, cols].
  kernels::View gradient(int which, int rows, int cols) const;
  /// What a normalization keeps for its way back: [M, 2, O] of batch_norm, [M, 2, rows] of layer_norm; training only.
  kernels::View statistics(int layer, int rows) const;
  const kernels::DropoutRate* dropout_rates(int layer) const;  ///< [M]

 private:
  /// Where a matrix stands among the scalars of memory_.
  struct Slot {
    std::int64_t offset = 0;
    int models = 0;  ///< 1: shared by all
    int cols = 0;
  };
  /// All slots and how many scalars they take.
  struct Plan {
    Slot x, targets, weights, gradients[2];
    std::vector<Slot> outputs, inputs;
    std::vector<std::int64_t> statistics;  ///< offsets; one per layer
    std::int64_t scalars = 0;
    std::int64_t integers = 0;
    std::int64_t rates = 0;
  };
  static Plan make_plan(const std::vector<LayerPlan>& layers, const StepShape& shape);
  kernels::View view(const Slot& slot, int rows, int cols) const;
  void upload_rates(kernels::Backend& backend);

  std::vector<LayerPlan> layers_;
  StepShape shape_;
  Plan plan_;
  kernels::Memory reals_, integers_, rates_;
};

}  // namespace minnow::engine
