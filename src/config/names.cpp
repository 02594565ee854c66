// SPDX-License-Identifier: Apache-2.0
// Names to values and back. Minnow writes the first name of a value; the others are spellings of PyTorch, Keras and
// scikit-learn. Case, '_', '-' and blanks do not count: LeakyReLU, leaky-relu and leaky_relu are one name.
#include <algorithm>
#include <string>

#include "kernels/math/activation.hpp"
#include "kernels/math/loss.hpp"
#include "kernels/math/update_rule.hpp"
#include "minnow/config.hpp"
#include "minnow/error.hpp"
#include "src/config/name_table.hpp"
#include "src/config/validity.hpp"
#include "src/model/number_text.hpp"

namespace minnow {

using engine::Name;
using engine::name_of;
using engine::NamedCall;
using engine::parse_call;
using engine::parse_name;
using engine::quoted;

namespace {

constexpr Name<WeightDecay> weight_decays[] = {
    {WeightDecay::automatic, "auto"},
    {WeightDecay::automatic, "automatic"},
    {WeightDecay::gradient, "gradient"},
    {WeightDecay::gradient, "coupled"},
    {WeightDecay::sum_of_squares, "sum_of_squares"},
    {WeightDecay::sum_of_squares, "kernel_regularizer"},
    {WeightDecay::decoupled, "decoupled"},
};

constexpr Name<Interval> intervals[] = {
    {Interval::step, "step"}, {Interval::step, "batch"}, {Interval::step, "iteration"}, {Interval::epoch, "epoch"}};

constexpr Name<Annealing> annealings[] = {
    {Annealing::cosine, "cosine"}, {Annealing::cosine, "cos"}, {Annealing::linear, "linear"}};

constexpr Name<ThresholdMode> threshold_modes[] = {{ThresholdMode::relative, "relative"},
                                                   {ThresholdMode::relative, "rel"},
                                                   {ThresholdMode::absolute, "absolute"},
                                                   {ThresholdMode::absolute, "abs"}};

constexpr Name<ScheduleKind> schedules[] = {
    {ScheduleKind::constant, "constant"},
    {ScheduleKind::constant, "none"},
    {ScheduleKind::constant, "constant_lr"},
    {ScheduleKind::step, "step"},
    {ScheduleKind::step, "step_lr"},
    {ScheduleKind::step, "step_decay"},
    {ScheduleKind::multi_step, "multi_step"},
    {ScheduleKind::multi_step, "multi_step_lr"},
    {ScheduleKind::linear, "linear"},
    {ScheduleKind::linear, "linear_lr"},
    {ScheduleKind::exponential, "exponential"},
    {ScheduleKind::exponential, "exponential_lr"},
    {ScheduleKind::exponential, "exponential_decay"},
    {ScheduleKind::polynomial, "polynomial"},
    {ScheduleKind::polynomial, "polynomial_lr"},
    {ScheduleKind::polynomial, "polynomial_decay"},
    {ScheduleKind::cosine, "cosine"},
    {ScheduleKind::cosine, "cosine_annealing"},
    {ScheduleKind::cosine, "cosine_annealing_lr"},
    {ScheduleKind::cosine, "cosine_decay"},
    {ScheduleKind::cosine_restarts, "cosine_restarts"},
    {ScheduleKind::cosine_restarts, "cosine_annealing_warm_restarts"},
    {ScheduleKind::cosine_restarts, "cosine_decay_restarts"},
    {ScheduleKind::cosine_restarts, "sgdr"},
    {ScheduleKind::one_cycle, "one_cycle"},
    {ScheduleKind::one_cycle, "one_cycle_lr"},
    {ScheduleKind::subtractive_step, "subtractive_step"},
    {ScheduleKind::plateau, "plateau"},
    {ScheduleKind::plateau, "reduce_on_plateau"},
    {ScheduleKind::plateau, "reduce_lr_on_plateau"},
};

constexpr Name<LayerKind> layer_kinds[] = {
    {LayerKind::dense, "dense"},
    {LayerKind::dense, "linear"},
    {LayerKind::dense, "fully_connected"},
    {LayerKind::activation, "activation"},
    {LayerKind::dropout, "dropout"},
    {LayerKind::batch_norm, "batch_norm"},
    {LayerKind::batch_norm, "batch_norm1d"},
    {LayerKind::batch_norm, "batch_normalization"},
    {LayerKind::layer_norm, "layer_norm"},
    {LayerKind::layer_norm, "layer_normalization"},
};

constexpr Name<DeviceKind> devices[] = {
    {DeviceKind::automatic, "auto"}, {DeviceKind::automatic, "automatic"},
    {DeviceKind::cpu, "cpu"},        {DeviceKind::cuda, "cuda"},
    {DeviceKind::cuda, "gpu"},       {DeviceKind::reference, "reference"},
};

constexpr Name<Numerics> numerics_names[] = {
    {Numerics::fast, "fast"},
    {Numerics::strict, "strict"},
};

constexpr Name<MetricsScope> metrics_scopes[] = {
    {MetricsScope::none, "none"},
    {MetricsScope::validation, "validation"},
    {MetricsScope::validation, "val"},
    {MetricsScope::all, "all"},
};

/// The names in the activation structs, in one table.
std::vector<Name<ActivationKind>> activation_names() {
  std::vector<Name<ActivationKind>> names;
  for (int k = 0; k < activation_count; ++k) {
    math::visit(Activation{static_cast<ActivationKind>(k), 0, 0}, [&](auto formula) {
      for (const std::string_view name : decltype(formula)::names) names.push_back({decltype(formula)::kind, name});
    });
  }
  return names;
}

/// The names in the rule structs, in one table.
std::vector<Name<OptimizerKind>> optimizer_names() {
  std::vector<Name<OptimizerKind>> names;
  for (int k = 0; k < optimizer_count; ++k) {
    math::visit(static_cast<OptimizerKind>(k), [&](auto rule) {
      for (const std::string_view name : decltype(rule)::names) names.push_back({decltype(rule)::kind, name});
    });
  }
  return names;
}

/// The names in the loss structs, in one table.
std::vector<Name<LossKind>> loss_names() {
  std::vector<Name<LossKind>> names;
  for (int k = 0; k < loss_count; ++k) {
    math::visit(static_cast<LossKind>(k), 1, [&](auto formula) {
      for (const std::string_view name : decltype(formula)::names) names.push_back({decltype(formula)::kind, name});
    });
  }
  return names;
}

}  // namespace

Activation make_activation(ActivationKind kind) {
  return math::with_defaults(kind);
}

Activation parse_activation(std::string_view text) {
  const auto names = activation_names();
  NamedCall call = parse_call("activation", text);
  if (call.arguments.size() == 1) {  // gelu(tanh), gelu(none): a name, not a number
    const std::string whole = call.name + "_" + call.arguments[0];
    const bool known =
        std::ranges::any_of(names, [&](const auto& name) { return engine::same_name(name.text, whole); });
    if (known) call = {whole, {}};
  }
  Activation activation = make_activation(parse_name<ActivationKind>("activation", call.name, names));
  math::visit(activation, [&](auto formula) {
    constexpr auto parameters = decltype(formula)::parameters;
    engine::expect_arguments("activation", text, call, 0, parameters.size());
    float* const values[] = {&activation.alpha, &activation.beta};
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      *values[i] = engine::parse_number("activation", text, call.arguments[i]);
    }
  });
  const std::string fault = engine::fault_in(activation);
  if (!fault.empty()) throw UsageError("activation " + quoted(text) + ": " + fault);
  return activation;
}

std::string to_string(const Activation& activation) {
  return math::visit(activation, [&](auto formula) {
    constexpr auto count = decltype(formula)::parameters.size();
    std::string text(decltype(formula)::names[0]);
    if (activation == make_activation(activation.kind) || count == 0) return text;
    text += "(" + engine::number_text(activation.alpha);
    if (count > 1) text += "," + engine::number_text(activation.beta);
    return text + ")";
  });
}

LossKind parse_loss(std::string_view text) {
  return parse_name<LossKind>("loss", text, loss_names());
}
std::string to_string(LossKind loss) {
  return name_of<LossKind>(loss, loss_names());
}
Head head_of(LossKind loss) {
  return math::visit(loss, 1, [](auto formula) { return decltype(formula)::head; });
}

OptimizerKind parse_optimizer(std::string_view text) {
  return parse_name<OptimizerKind>("optimizer", text, optimizer_names());
}
std::string to_string(OptimizerKind kind) {
  return math::visit(kind, [](auto rule) { return std::string(decltype(rule)::names[0]); });
}
Optimizer make_optimizer(OptimizerKind kind) {
  return math::visit(kind, [](auto rule) { return decltype(rule)::defaults; });
}
bool reads(OptimizerKind kind, OptimizerConstant constant) {
  return math::visit(kind, [&](auto rule) { return decltype(rule)::reads(constant); });
}

WeightDecay parse_weight_decay(std::string_view text) {
  return parse_name<WeightDecay>("form of weight decay", text, weight_decays);
}
std::string to_string(WeightDecay decay) {
  return name_of<WeightDecay>(decay, weight_decays);
}

Interval parse_interval(std::string_view text) {
  return parse_name<Interval>("interval", text, intervals);
}
std::string to_string(Interval interval) {
  return name_of<Interval>(interval, intervals);
}

Annealing parse_annealing(std::string_view text) {
  return parse_name<Annealing>("annealing", text, annealings);
}
std::string to_string(Annealing annealing) {
  return name_of<Annealing>(annealing, annealings);
}

ThresholdMode parse_threshold_mode(std::string_view text) {
  return parse_name<ThresholdMode>("threshold mode", text, threshold_modes);
}
std::string to_string(ThresholdMode mode) {
  return name_of<ThresholdMode>(mode, threshold_modes);
}

ScheduleKind parse_schedule(std::string_view text) {
  return parse_name<ScheduleKind>("schedule", text, schedules);
}
std::string to_string(ScheduleKind kind) {
  return name_of<ScheduleKind>(kind, schedules);
}

LayerKind parse_layer_kind(std::string_view text) {
  return parse_name<LayerKind>("layer type", text, layer_kinds);
}
std::string to_string(LayerKind kind) {
  return name_of<LayerKind>(kind, layer_kinds);
}

Device parse_device(std::string_view text) {
  const std::size_t colon = text.find(':');
  Device device{parse_name<DeviceKind>("device", text.substr(0, colon), devices), 0};
  if (colon == std::string_view::npos) return device;
  const std::string_view index = text.substr(colon + 1);
  const bool digits = !index.empty() && index.size() <= 4 && index.find_first_not_of("0123456789") == index.npos;
  if (device.kind != DeviceKind::cuda || !digits) {
    throw UsageError("device " + quoted(text) + ": expected auto, cpu, reference, cuda or cuda:NUMBER");
  }
  device.index = std::stoi(std::string(index));
  return device;
}

std::string to_string(const Device& device) {
  const std::string name = name_of<DeviceKind>(device.kind, devices);
  return device.kind == DeviceKind::cuda && device.index != 0 ? name + ":" + std::to_string(device.index) : name;
}

Numerics parse_numerics(std::string_view text) {
  return parse_name<Numerics>("numerics", text, numerics_names);
}
std::string to_string(Numerics numerics) {
  return name_of<Numerics>(numerics, numerics_names);
}

MetricsScope parse_metrics_scope(std::string_view text) {
  return parse_name<MetricsScope>("metrics", text, metrics_scopes);
}
std::string to_string(MetricsScope scope) {
  return name_of<MetricsScope>(scope, metrics_scopes);
}

}  // namespace minnow
