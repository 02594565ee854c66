// SPDX-License-Identifier: Apache-2.0
#include "src/model/workspace.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/math/activation.hpp"
#include "src/model/align.hpp"

namespace minnow::engine {

using kernels::BatchView;
using kernels::DropoutRate;
using kernels::View;

namespace {

/// Means, and as many deviations, that a normalization of `rows` rows keeps.
int statistic_count(const LayerPlan& layer, int rows) {
  if (layer.kind == LayerKind::batch_norm) return layer.outputs;
  return layer.kind == LayerKind::layer_norm ? rows : 0;
}

}  // namespace

Workspace::Plan Workspace::make_plan(const std::vector<LayerPlan>& layers, const StepShape& shape) {
  Plan plan;
  const auto add = [&](int models, int cols) {
    const Slot slot{plan.scalars, models, cols};
    plan.scalars += padded(static_cast<std::int64_t>(models) * shape.batch * cols);
    return slot;
  };
  const int batches = shape.shared_input ? 1 : shape.models;
  int widest = 0;
  for (const LayerPlan& layer : layers) widest = std::max(widest, layer.outputs);

  plan.x = add(batches, layers.front().inputs);
  if (shape.target_cols > 0) plan.targets = add(batches, shape.target_cols);
  if (shape.weights) plan.weights = add(batches, 1);
  if (shape.labels) plan.integers = static_cast<std::int64_t>(batches) * shape.batch;
  if (!shape.training) {
    const Slot turns[2] = {add(shape.models, widest), add(shape.models, widest)};
    for (std::size_t i = 0; i < layers.size(); ++i) plan.outputs.push_back(turns[i % 2]);
    plan.inputs = plan.outputs;
    return plan;
  }
  for (const LayerPlan& layer : layers) {
    plan.outputs.push_back(add(shape.models, layer.outputs));
    const bool keep = shape.keep_inputs || math::needs_input(layer.activation.kind);
    const bool own = layer.kind == LayerKind::dense && keep;
    plan.inputs.push_back(own ? add(shape.models, layer.outputs) : plan.outputs.back());
    plan.statistics.push_back(plan.scalars);
    plan.scalars += padded(std::int64_t{shape.models} * 2 * statistic_count(layer, shape.batch));
  }
  for (Slot& gradient : plan.gradients) gradient = add(shape.models, widest);
  plan.rates = static_cast<std::int64_t>(layers.size()) * shape.models;
  return plan;
}

std::size_t Workspace::bytes(const std::vector<LayerPlan>& layers, const StepShape& shape, std::size_t real_size) {
  const Plan plan = make_plan(layers, shape);
  return static_cast<std::size_t>(plan.scalars) * real_size +
         static_cast<std::size_t>(plan.integers) * sizeof(std::int32_t) +
         static_cast<std::size_t>(plan.rates) * sizeof(DropoutRate);
}

Workspace::Workspace(kernels::Backend& backend, std::vector<LayerPlan> layers, const StepShape& shape)
    : layers_(std::move(layers)), shape_(shape), plan_(make_plan(layers_, shape)) {
  reals_ = backend.allocate(static_cast<std::size_t>(plan_.scalars) * backend.real_size());
  if (plan_.integers > 0) {
    integers_ = backend.allocate(static_cast<std::size_t>(plan_.integers) * sizeof(std::int32_t));
  }
  if (plan_.rates > 0) upload_rates(backend);
}

/// An element survives with probability 1 - rate, to the 2^-32 that integers can tell apart.
void Workspace::upload_rates(kernels::Backend& backend) {
  std::vector<DropoutRate> rates;
  for (const LayerPlan& layer : layers_) {
    const double kept = 1 - static_cast<double>(layer.rate);
    DropoutRate rate;
    rate.threshold = static_cast<std::uint32_t>(std::min(std::round(kept * 0x1p32), 0x1p32 - 1));
    rate.scale = static_cast<float>(1 / kept);
    rates.insert(rates.end(), static_cast<std::size_t>(shape_.models), rate);
  }
  const std::size_t bytes = rates.size() * sizeof(DropoutRate);
  rates_ = backend.allocate(bytes);
  backend.upload(rates_.data(), rates.data(), bytes);
}

View Workspace::view(const Slot& slot, int rows, int cols) const {
  const std::int64_t stride = slot.models == 1 ? 0 : static_cast<std::int64_t>(rows) * cols;
  return {reals_.data(), slot.offset, shape_.models, rows, cols, stride};
}

BatchView Workspace::batch(int rows) const {
  BatchView batch;
  batch.x = view(plan_.x, rows, plan_.x.cols);
  if (shape_.labels) batch.labels = {integers_.as<std::int32_t>(), shape_.shared_input ? 0 : rows};
  if (shape_.target_cols > 0) batch.targets = view(plan_.targets, rows, plan_.targets.cols);
  if (shape_.weights) batch.weights = view(plan_.weights, rows, 1);
  return batch;
}

View Workspace::output(int layer, int rows) const {
  const auto index = static_cast<std::size_t>(layer);
  return view(plan_.outputs[index], rows, layers_[index].outputs);
}

View Workspace::activation_input(int layer, int rows) const {
  const auto index = static_cast<std::size_t>(layer);
  return view(plan_.inputs[index], rows, layers_[index].outputs);
}

View Workspace::statistics(int layer, int rows) const {
  const auto index = static_cast<std::size_t>(layer);
  if (!shape_.training) return {};
  const int cols = statistic_count(layers_[index], rows);
  return {reals_.data(), plan_.statistics[index], shape_.models, 2, cols, std::int64_t{2} * cols};
}

View Workspace::gradient(int which, int rows, int cols) const {
  return view(plan_.gradients[which], rows, cols);
}

const DropoutRate* Workspace::dropout_rates(int layer) const {
  return rates_.as<DropoutRate>() + static_cast<std::int64_t>(layer) * shape_.models;
}

}  // namespace minnow::engine
