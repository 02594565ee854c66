// SPDX-License-Identifier: Apache-2.0
/// What the tests of the losses share: a call's buffers and what it leaves in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/ops/op_test.hpp"

namespace minnow::test {

/// Where the loss writes its slopes: beside the outputs, over them, or nowhere.
enum class Slopes { separate, in_place, none };

struct LossResult {
  Doubles slopes;  ///< [M, B, O], or none
  std::vector<kernels::Tally> tally;

  /// Each model's slopes, loss, weight, hits and rows.
  Doubles all() const {
    Doubles values;
    const int models = static_cast<int>(tally.size());
    for (int m = 0; m < models; ++m) {
      append(values, part(slopes, m, models));
      const kernels::Tally& t = tally[static_cast<std::size_t>(m)];
      append(values, Doubles{t.loss, t.weight, static_cast<double>(t.hits), static_cast<double>(t.rows)});
    }
    return values;
  }
};

/// What every loss reads and writes, on the device.
class LossBuffers {
 public:
  /// Batch has models, rows, cols, the labels and sample weights [M, B] or none of them, and where the slopes go.
  template <class Batch>
  LossBuffers(kernels::Backend& backend, const Batch& in, const Floats& outputs, std::uint32_t step)
      : y_(backend, in.models, in.rows, in.cols, outputs),
        dy_(backend, in.models, in.rows, in.cols),
        weights_(backend, in.models, in.rows, 1,
                 in.weights.empty() ? Floats(static_cast<std::size_t>(in.models * in.rows)) : in.weights),
        labels_(backend, in.labels),
        tally_(backend, std::vector<kernels::Tally>(static_cast<std::size_t>(in.models))),
        state_(backend, {kernels::StepState{.step = step, .cursor = 0}}),
        slopes_(in.slopes) {
    rows_.labels = {in.labels.empty() ? nullptr : labels_.data(), in.rows};
    if (!in.weights.empty()) rows_.weights = weights_;
  }

  kernels::ConstView outputs() const { return y_; }
  kernels::View slopes() {
    if (slopes_ == Slopes::none) return {};
    return slopes_ == Slopes::in_place ? y_ : dy_;
  }
  const kernels::LossRows& rows() const { return rows_; }
  kernels::Tally* tally() const { return tally_.data(); }
  const kernels::StepState* state() const { return state_.data(); }

  LossResult result() const {
    if (slopes_ == Slopes::none) return {{}, tally_.values()};
    return {slopes_ == Slopes::in_place ? y_.values() : dy_.values(), tally_.values()};
  }

 private:
  GuardedReals y_, dy_, weights_;
  GuardedArray<std::int32_t> labels_;
  GuardedArray<kernels::Tally> tally_;
  GuardedArray<kernels::StepState> state_;
  kernels::LossRows rows_;
  Slopes slopes_;
};

}  // namespace minnow::test
