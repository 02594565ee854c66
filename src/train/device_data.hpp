// SPDX-License-Identifier: Apache-2.0
/// A dataset on the device, as `gather` reads it.
#pragma once

#include <cstddef>

#include "kernels/backend.hpp"
#include "minnow/dataset.hpp"
#include "minnow/model.hpp"
#include "src/train/loss_inputs.hpp"

namespace minnow::engine {

class DeviceData {
 public:
  /// Uploads values (u8 stay u8) and what the loss asks for.
  DeviceData(kernels::Backend& backend, const Dataset& data, const Preprocessing& preprocessing,
             const LossInputs& inputs);
  /// Bytes that the constructor allocates.
  static std::size_t bytes(const Dataset& data, const LossInputs& inputs);

  const kernels::DataView& view() const { return view_; }
  const LossInputs& inputs() const { return inputs_; }
  const kernels::ClassWeighting& classes() const { return classes_; }
  int rows() const { return view_.rows; }

 private:
  kernels::Memory values_, labels_, targets_, weights_, class_weights_;
  kernels::DataView view_;
  kernels::ClassWeighting classes_;
  LossInputs inputs_;
};

/// What fit keeps with the model: the dataset's own scale and shift where it stores bytes.
Preprocessing preprocessing_of(const Dataset& data);

}  // namespace minnow::engine
