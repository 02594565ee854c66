// SPDX-License-Identifier: Apache-2.0
#include "src/train/gradient_rig.hpp"

#include "src/train/loss.hpp"

namespace minnow::engine {
namespace {

std::vector<kernels::ModelState> states_of(std::span<const std::uint64_t> seeds) {
  std::vector<kernels::ModelState> states(seeds.size());
  for (std::size_t m = 0; m < seeds.size(); ++m) states[m].seed = seeds[m];
  return states;
}

StepShape shape_of(const Dataset& data, const LossInputs& inputs, std::size_t models) {
  return {.models = static_cast<int>(models),
          .batch = data.rows(),
          .training = true,
          .shared_input = false,
          .labels = inputs.labels,
          .target_cols = inputs.target_cols,
          .weights = inputs.weights,
          .keep_inputs = true};
}

}  // namespace

GradientRig::GradientRig(kernels::Backend& backend, const Network& network, const Dataset& data, const Loss& loss,
                         std::span<const std::uint64_t> seeds)
    : backend_(backend),
      data_(backend, data, {}, loss_inputs(loss, network, data)),
      parameters_(backend, parameter_tensors(network), static_cast<int>(seeds.size()), {.gradients = true}),
      memory_(backend, states_of(seeds)),
      totals_(backend, static_cast<int>(seeds.size())),
      workspace_(backend, plan_layers(network, data_.inputs().head), shape_of(data, data_.inputs(), seeds.size())),
      net_(backend, workspace_, parameters_, data.rows(), memory_.counters()) {
  backend.gather(net_.batch(), data_.view(), nullptr, memory_.counters().step);
}

void GradientRig::set_element(int tensor, std::int64_t element, std::span<const double> values) {
  kernels::View view = parameters_.value(tensor);
  view.offset += element;
  view.rows = view.cols = 1;
  backend_.upload_reals(view, values);
}

std::vector<double> GradientRig::losses() {
  totals_.reset();
  net_.forward();
  evaluate_loss(backend_, data_, net_, false, totals_.training(), memory_.counters().step);
  std::vector<double> losses;
  for (const kernels::Tally& tally : totals_.read_training_tallies()) losses.push_back(tally.loss / tally.weight);
  return losses;
}

void GradientRig::compute_gradients() {
  net_.forward();
  evaluate_loss(backend_, data_, net_, true, totals_.training(), memory_.counters().step);
  net_.backward();
}

std::vector<double> GradientRig::values(const kernels::ConstView& view, int model) const {
  std::vector<double> values(static_cast<std::size_t>(view.elements()));
  backend_.download_reals(std::span<double>(values), view.model(model));
  return values;
}

}  // namespace minnow::engine
