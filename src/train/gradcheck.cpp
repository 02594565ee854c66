// SPDX-License-Identifier: Apache-2.0
#include "src/train/gradcheck.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "kernels/math/activation.hpp"
#include "kernels/math/loss.hpp"
#include "kernels/math/philox.hpp"
#include "minnow/error.hpp"
#include "src/model/network.hpp"
#include "src/train/checks.hpp"
#include "src/train/gradient_bound.hpp"
#include "src/train/gradient_rig.hpp"

namespace minnow::engine {
namespace {

/// Central differences with step h: the truncation h^2 / 6 f''' and the rounding 2^-52 |f| / h are both near 1e-10.
constexpr double difference_step = 0x1p-15;
/// What the differences may be off by, relative to a tensor's largest gradient, and what the reference may.
constexpr double reference_limit = 1e-6;
/// No pre-activation may lie nearer to a kink: a parameter that moves by difference_step moves it by less.
constexpr double kink_distance = 32 * difference_step;
/// Every tensor has a gradient larger than this, since the rounding of the differences is absolute.
constexpr double smallest_scale = 1e-3;
constexpr int attempts = 2000;

std::uint64_t mixed(std::uint64_t seed, int model, int attempt) {
  return seed + 0x9E3779B97F4A7C15ull * static_cast<std::uint64_t>(1 + model) +
         0xD1B54A32D192ED03ull * static_cast<std::uint64_t>(attempt);
}

/// Inputs in [-1, 1), and labels, or targets in [-1, 1), for bce in [0, 1); weights in [0.5, 1.5).
Dataset draw_data(const Network& network, const GradientCheckOptions& options) {
  const auto draw = [&](std::uint32_t layer, std::size_t element) {
    return math::random_bits(options.seed, static_cast<std::uint32_t>(kernels::Purpose::synthetic), layer, 0, element);
  };
  const auto fill = [&](std::uint32_t layer, int cols, float low, float high) {
    std::vector<float> values(static_cast<std::size_t>(options.batch) * static_cast<std::size_t>(cols));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = math::to_uniform(draw(layer, i), low, high);
    return values;
  };
  const int outputs = output_width(network);
  const auto weighted = [&](Dataset data) {
    if (options.sample_weights) data.set_weights(fill(3, 1, 0.5f, 1.5f));
    return data;
  };
  std::vector<float> inputs = fill(0, network.inputs, -1, 1);
  if (options.loss.kind != LossKind::cross_entropy) {
    const float low = head_of(options.loss.kind) == Head::none ? -1 : 0;
    return weighted(
        Dataset::for_regression("drawn", std::move(inputs), network.inputs, fill(1, outputs, low, 1), outputs));
  }
  std::vector<std::int32_t> labels;
  for (int row = 0; row < options.batch; ++row) {
    labels.push_back(
        static_cast<std::int32_t>(draw(2, static_cast<std::size_t>(row)) % static_cast<std::uint32_t>(outputs)));
  }
  return weighted(Dataset::from_floats("drawn", std::move(inputs), network.inputs, std::move(labels), outputs));
}

/// The network with parameters spread around zero, whatever its own initializers are.
Network spread_out(Network network) {
  for (Layer& layer : network.layers) {
    layer.weights = {InitializerKind::xavier_normal, 0, 0};
    layer.biases = {InitializerKind::uniform, -0.5f, 0.5f};
  }
  return network;
}

/// gamma in [0.5, 1.5), beta in [-0.5, 0.5).
void spread_normalizations(Model& model) {
  for (const ParameterTensor& tensor : model.tensors()) {
    using enum ParameterTensor::Role;
    if (tensor.role != gamma && tensor.role != beta) continue;
    for (std::size_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i) {
      const auto stream = static_cast<std::uint32_t>(kernels::Purpose::synthetic);
      model.parameters()[i] += math::to_uniform(math::random_bits(model.seed(), stream, 3, 0, i), -0.5F, 0.5F);
    }
  }
}

std::vector<double> kinks_of(const Activation& activation) {
  return math::visit(activation, [](const auto& formula) {
    const auto kinks = formula.kinks();
    return std::vector<double>(kinks.begin(), kinks.end());
  });
}

/// The distance from the nearest kink to any value.
double distance_from(const std::vector<double>& kinks, double value) {
  double nearest = std::numeric_limits<double>::infinity();
  for (const double kink : kinks) nearest = std::min(nearest, std::abs(value - kink));
  return nearest;
}

/// From the nearest kink of the loss to any difference of output and target.
double distance_from_loss_kinks(const GradientRig& rig, int m) {
  const Loss& loss = rig.inputs().loss;
  double nearest = std::numeric_limits<double>::infinity();
  if (loss.kind == LossKind::cross_entropy) return nearest;
  const std::vector<double> y = rig.values(rig.net().outputs(), m), targets = rig.values(rig.net().batch().targets, m);
  math::visit_elementwise(loss.kind, loss.parameter, [&](const auto& formula) {
    const auto kinks = formula.kinks();
    for (std::size_t i = 0; i < y.size(); ++i) {
      nearest = std::min(nearest, distance_from({kinks.begin(), kinks.end()}, y[i] - targets[i]));
    }
  });
  return nearest;
}

/// From the nearest kink to any input of an activation, or to a difference in the loss. Exact zeros behind dropout do
/// not move at all.
double distance_from_kinks(const GradientRig& rig, int m) {
  double nearest = distance_from_loss_kinks(rig, m);
  for (std::size_t i = 0; i < rig.layers().size(); ++i) {
    const LayerPlan& plan = rig.layers()[i];
    const std::vector<double> kinks = kinks_of(plan.activation);
    if (plan.kind == LayerKind::dropout || kinks.empty()) continue;
    const LayerViews& layer = rig.net().layers()[i];
    const bool dense = plan.kind == LayerKind::dense;
    for (const double z : rig.values(dense ? layer.z : layer.x, m)) {
      if (!dense && z == 0) continue;
      nearest = std::min(nearest, distance_from(kinks, z));
    }
  }
  return nearest;
}

double largest(const std::vector<double>& values) {
  double result = 0;
  for (const double value : values) result = std::max(result, std::abs(value));
  return result;
}

/// A bias whose effect batch normalization takes away: its gradient is 0.
bool is_shift_before_batch_norm(const GradientRig& rig, int tensor) {
  const std::vector<LayerPlan>& layers = rig.layers();
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
    if (tensor_roles(layers[i].kind).empty() || layers[i].tensor + 1 != tensor) continue;
    return layers[i + 1].kind == LayerKind::batch_norm && layers[i].activation.kind == ActivationKind::linear;
  }
  return false;
}

/// Whether every tensor of model m has a gradient worth the name: dead units would leave nothing to check.
bool is_alive(const GradientRig& rig, int m, const std::vector<ParameterTensor>& tensors) {
  for (std::size_t t = 0; t < tensors.size(); ++t) {
    if (!tensors[t].trained() || is_shift_before_batch_norm(rig, static_cast<int>(t))) continue;
    if (!(largest(rig.gradient(static_cast<int>(t), m)) > smallest_scale)) return false;
  }
  return true;
}

/// Draws each model again until it stands clear of every kink and has gradients everywhere: inputs are chosen, results
/// are not filtered.
std::vector<Model> draw_models(GradientRig& reference, const Network& network, const GradientCheckOptions& options) {
  std::vector<Model> models(static_cast<std::size_t>(options.models));
  std::vector<bool> accepted(models.size());
  for (int attempt = 0; attempt < attempts; ++attempt) {
    for (int m = 0; m < options.models; ++m) {
      const auto index = static_cast<std::size_t>(m);
      if (accepted[index]) continue;
      models[index] = Model(network, mixed(options.seed, m, attempt));
      spread_normalizations(models[index]);
      reference.upload(m, models[index].parameters());
    }
    reference.compute_gradients();
    bool all = true;
    for (int m = 0; m < options.models; ++m) {
      const auto index = static_cast<std::size_t>(m);
      accepted[index] = accepted[index] || (distance_from_kinks(reference, m) > kink_distance &&
                                            is_alive(reference, m, models[index].tensors()));
      all = all && accepted[index];
    }
    if (all) return models;
  }
  throw UsageError("no draw of " + std::to_string(attempts) +
                   " has a gradient in every tensor and stays clear of the activations' kinks: lower the batch, or use "
                   "wider layers and at least two outputs");
}

/// Compares one tensor of all models on the device with the reference's central differences.
class TensorComparison {
 public:
  TensorComparison(GradientRig& reference, const std::vector<Model>& models, int tensor, int elements)
      : reference_(reference), models_(models), tensor_(tensor), shape_(models[0].tensors()[index()]) {
    choose_elements(elements);
    measure();
  }

  TensorCheck compare(int m, const std::vector<double>& analytic) const {
    TensorCheck check;
    check.tensor = shape_.name;
    check.model = m;
    const std::vector<double>& numeric = numeric_[static_cast<std::size_t>(m)];
    const double scale = this->scale(m);
    for (std::size_t i = 0; i < elements_.size(); ++i) {
      const double value = analytic[static_cast<std::size_t>(elements_[i])];
      const double error = std::abs(value - numeric[i]) / scale;
      if (i > 0 && error <= check.error) continue;
      check.error = error;
      check.row = static_cast<int>(elements_[i] / shape_.cols);
      check.col = static_cast<int>(elements_[i] % shape_.cols);
      check.analytic = value;
      check.numeric = numeric[i];
      if (std::isnan(error)) break;
    }
    return check;
  }
  /// What errors are relative to.
  double scale(int m) const { return std::max(largest(numeric_[static_cast<std::size_t>(m)]), smallest_scale); }

 private:
  std::size_t index() const { return static_cast<std::size_t>(tensor_); }

  /// `count` of them, evenly spread, and each model's largest one, which sets the scale; 0: all.
  void choose_elements(int count) {
    const auto size = static_cast<std::int64_t>(shape_.size());
    const std::int64_t spread = count == 0 ? size : std::min<std::int64_t>(count, size);
    for (std::int64_t i = 0; i < spread; ++i) elements_.push_back(i * size / spread);
    if (spread == size) return;
    for (std::size_t m = 0; m < models_.size(); ++m) {
      const std::vector<double> gradient = reference_.gradient(tensor_, static_cast<int>(m));
      const auto smaller = [](double a, double b) { return std::abs(a) < std::abs(b); };
      elements_.push_back(std::max_element(gradient.begin(), gradient.end(), smaller) - gradient.begin());
    }
  }

  double parameter(std::size_t m, std::int64_t element) const {
    return static_cast<double>(models_[m].parameters()[shape_.offset + static_cast<std::size_t>(element)]);
  }

  /// (loss(p + h) - loss(p - h)) / 2h; the models' losses are independent, so one pass serves them all.
  void measure() {
    numeric_.resize(models_.size());
    for (const std::int64_t element : elements_) {
      const std::vector<double> above = losses_with(element, difference_step);
      const std::vector<double> below = losses_with(element, -difference_step);
      losses_with(element, 0);
      for (std::size_t m = 0; m < models_.size(); ++m) {
        numeric_[m].push_back((above[m] - below[m]) / (2 * difference_step));
      }
    }
  }

  std::vector<double> losses_with(std::int64_t element, double change) {
    std::vector<double> values;
    for (std::size_t m = 0; m < models_.size(); ++m) values.push_back(parameter(m, element) + change);
    reference_.set_element(tensor_, element, values);
    return change == 0 ? std::vector<double>() : reference_.losses();
  }

  GradientRig& reference_;
  const std::vector<Model>& models_;
  int tensor_;
  ParameterTensor shape_;
  std::vector<std::int64_t> elements_;
  std::vector<std::vector<double>> numeric_;  ///< per model, per checked element
};

/// Passed means: every error is within its limit, and none is NaN. The check that comes closest to failing is named.
void conclude(GradientCheck& check) {
  check.passed = !check.tensors.empty();
  double closest = -1;
  for (const TensorCheck& tensor : check.tensors) {
    if (!(tensor.error <= tensor.limit)) check.passed = false;
    const double share = tensor.error / tensor.limit;
    if (share <= closest) continue;
    closest = share;
    check.worst = tensor;
    if (std::isnan(share)) break;
  }
}

}  // namespace

GradientCheck check_gradients(kernels::Backend& device, const Network& network, const GradientCheckOptions& options) {
  check_gradient_check(options);
  const Network net = spread_out(validated(network));
  check_memory(device, net, options);
  check_batch_norm(net, options.batch, options.batch);
  const Dataset data = draw_data(net, options);
  std::vector<std::uint64_t> seeds;
  for (int m = 0; m < options.models; ++m) seeds.push_back(options.seed + static_cast<std::uint64_t>(m));

  const std::unique_ptr<kernels::Backend> oracle = kernels::make_reference_backend();
  GradientRig reference(*oracle, net, data, options.loss, seeds);
  const std::vector<Model> models = draw_models(reference, net, options);

  GradientRig rig(device, net, data, options.loss, seeds);
  for (int m = 0; m < options.models; ++m) rig.upload(m, models[static_cast<std::size_t>(m)].parameters());
  rig.compute_gradients();

  const bool is_float = device.real_size() == sizeof(float);
  std::vector<std::vector<std::vector<double>>> bounds;  // [M][tensor][element]
  for (int m = 0; is_float && m < options.models; ++m) {
    bounds.push_back(gradient_bounds(reference, m, models[static_cast<std::size_t>(m)], data));
  }
  GradientCheck check;
  check.device = device.name();
  for (std::size_t t = 0; t < models[0].tensors().size(); ++t) {
    if (!models[0].tensors()[t].trained()) continue;
    const TensorComparison comparison(reference, models, static_cast<int>(t), options.elements);
    for (int m = 0; m < options.models; ++m) {
      TensorCheck tensor = comparison.compare(m, rig.gradient(static_cast<int>(t), m));
      tensor.limit = reference_limit;
      if (is_float) tensor.limit += largest(bounds[static_cast<std::size_t>(m)][t]) / comparison.scale(m);
      check.tensors.push_back(tensor);
    }
  }
  conclude(check);
  return check;
}

}  // namespace minnow::engine

namespace minnow {

GradientCheck check_gradients(const Network& network, const GradientCheckOptions& options, const Runtime& runtime) {
  return engine::check_gradients(*kernels::make_backend(runtime), network, options);
}

}  // namespace minnow
