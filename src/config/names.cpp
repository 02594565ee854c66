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
#include "minnow/names.hpp"
#include "src/config/name_table.hpp"
#include "src/config/validity.hpp"
#include "src/model/number_text.hpp"

namespace minnow {

using engine::Name;
using engine::name_of;
using engine::NamedCall;
using engine::names_in_structs;
using engine::parse_call;
using engine::parse_name;
using engine::quoted;
using engine::written_names;

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

constexpr Name<Numerics> numerics_table[] = {
    {Numerics::fast, "fast"},
    {Numerics::strict, "strict"},
};

constexpr Name<MetricsScope> metrics_scopes[] = {
    {MetricsScope::none, "none"},
    {MetricsScope::validation, "val"},
    {MetricsScope::validation, "validation"},
    {MetricsScope::all, "all"},
};

std::vector<Name<ActivationKind>> activations() {
  return names_in_structs<ActivationKind>(activation_count, [](ActivationKind kind, const auto& f) {
    math::visit(Activation{kind, 0, 0}, f);
  });
}

std::vector<Name<OptimizerKind>> optimizers() {
  return names_in_structs<OptimizerKind>(optimizer_count,
                                         [](OptimizerKind kind, const auto& f) { math::visit(kind, f); });
}

std::vector<Name<LossKind>> losses() {
  return names_in_structs<LossKind>(loss_count, [](LossKind kind, const auto& f) { math::visit(kind, 1, f); });
}

}  // namespace

Activation make_activation(ActivationKind kind) {
  return math::with_defaults(kind);
}

Activation parse_activation(std::string_view text) {
  const auto names = activations();
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
std::vector<std::string> activation_names() {
  return written_names<ActivationKind>(activations());
}

LossKind parse_loss(std::string_view text) {
  return parse_name<LossKind>("loss", text, losses());
}
std::string to_string(LossKind loss) {
  return name_of<LossKind>(loss, losses());
}
std::vector<std::string> loss_names() {
  return written_names<LossKind>(losses());
}

std::optional<LossParameter> parameter_of(LossKind loss) {
  return math::visit(loss, 1, [](auto formula) -> std::optional<LossParameter> {
    using Formula = decltype(formula);
    if constexpr (Formula::parameters.size() > 0) {
      constexpr math::Parameter parameter = Formula::parameters[0];
      return LossParameter{parameter.name, Formula::meaning, parameter.initial, parameter.minimum};
    } else {
      return std::nullopt;
    }
  });
}

Loss make_loss(LossKind kind) {
  return {.kind = kind, .parameter = math::default_parameter(kind)};
}

Head head_of(LossKind loss) {
  return math::visit(loss, 1, [](auto formula) { return decltype(formula)::head; });
}

OptimizerKind parse_optimizer(std::string_view text) {
  return parse_name<OptimizerKind>("optimizer", text, optimizers());
}
std::string to_string(OptimizerKind kind) {
  return math::visit(kind, [](auto rule) { return std::string(decltype(rule)::names[0]); });
}
std::vector<std::string> optimizer_names() {
  return written_names<OptimizerKind>(optimizers());
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
std::vector<std::string> weight_decay_names() {
  return written_names<WeightDecay>(weight_decays);
}

LayerKind parse_layer_kind(std::string_view text) {
  return parse_name<LayerKind>("layer type", text, layer_kinds);
}
std::string to_string(LayerKind kind) {
  return name_of<LayerKind>(kind, layer_kinds);
}
std::vector<std::string> layer_kind_names() {
  return written_names<LayerKind>(layer_kinds);
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
std::vector<std::string> device_names() {
  return written_names<DeviceKind>(devices);
}

Numerics parse_numerics(std::string_view text) {
  return parse_name<Numerics>("numerics", text, numerics_table);
}
std::string to_string(Numerics numerics) {
  return name_of<Numerics>(numerics, numerics_table);
}
std::vector<std::string> numerics_names() {
  return written_names<Numerics>(numerics_table);
}

MetricsScope parse_metrics_scope(std::string_view text) {
  return parse_name<MetricsScope>("metrics", text, metrics_scopes);
}
std::string to_string(MetricsScope scope) {
  return name_of<MetricsScope>(scope, metrics_scopes);
}
std::vector<std::string> metrics_scope_names() {
  return written_names<MetricsScope>(metrics_scopes);
}

}  // namespace minnow
