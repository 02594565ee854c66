// SPDX-License-Identifier: Apache-2.0
#include "src/train/device_data.hpp"

#include <numeric>
#include <span>
#include <vector>

namespace minnow::engine {
namespace {

using kernels::DataView;

template <class T>
kernels::Memory uploaded(kernels::Backend& backend, std::span<const T> values) {
  kernels::Memory memory = backend.allocate(values.size_bytes());
  backend.upload(memory.data(), values.data(), values.size_bytes());
  return memory;
}

/// Labels as targets[N, cols]: one-hot rows, or the labels themselves for one column.
std::vector<float> label_targets(std::span<const std::int32_t> labels, int cols) {
  std::vector<float> targets(labels.size() * static_cast<std::size_t>(cols));
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (cols == 1) {
      targets[row] = static_cast<float>(labels[row]);
    } else {
      targets[row * static_cast<std::size_t>(cols) + static_cast<std::size_t>(labels[row])] = 1;
    }
  }
  return targets;
}

}  // namespace

DeviceData::DeviceData(kernels::Backend& backend, const Dataset& data, const Preprocessing& preprocessing,
                       const LossInputs& inputs)
    : inputs_(inputs) {
  view_.rows = data.rows();
  view_.cols = data.features();
  view_.scale = preprocessing.scale;
  view_.shift = preprocessing.shift;
  view_.storage = data.is_bytes() ? DataView::Storage::u8 : DataView::Storage::f32;
  values_ = data.is_bytes() ? uploaded(backend, data.bytes()) : uploaded(backend, data.floats());
  view_.values = values_.data();
  if (inputs.labels) {
    labels_ = uploaded(backend, data.labels());
    view_.labels = labels_.as<std::int32_t>();
  }
  if (inputs.target_cols > 0) {
    targets_ = data.classes() == 0 ? uploaded(backend, data.targets())
                                   : uploaded<float>(backend, label_targets(data.labels(), inputs.target_cols));
    view_.targets = targets_.as<float>();
    view_.target_cols = inputs.target_cols;
  }
  if (inputs.weights) {
    weights_ = uploaded(backend, data.weights());
    view_.weights = weights_.as<float>();
  }
  const std::vector<float>& class_weights = inputs.loss.class_weights;
  classes_.label_smoothing = inputs.loss.label_smoothing;
  if (class_weights.empty()) return;
  class_weights_ = uploaded<float>(backend, class_weights);
  classes_.weights = class_weights_.as<float>();
  classes_.weight_sum = std::accumulate(class_weights.begin(), class_weights.end(), 0.0);
}

std::size_t DeviceData::bytes(const Dataset& data, const LossInputs& inputs) {
  const auto rows = static_cast<std::size_t>(data.rows());
  const std::size_t label = inputs.labels ? sizeof(std::int32_t) : 0;
  const std::size_t targets = static_cast<std::size_t>(inputs.target_cols) * sizeof(float);
  const std::size_t weight = inputs.weights ? sizeof(float) : 0;
  return data.bytes().size_bytes() + data.floats().size_bytes() + rows * (label + targets + weight) +
         inputs.loss.class_weights.size() * sizeof(float);
}

Preprocessing preprocessing_of(const Dataset& data) {
  return data.is_bytes() ? Preprocessing{data.scale(), data.shift()} : Preprocessing{};
}

}  // namespace minnow::engine
