// SPDX-License-Identifier: Apache-2.0
#include "src/train/checks.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "minnow/error.hpp"
#include "minnow/excerpt.hpp"
#include "src/config/validity.hpp"
#include "src/model/memory_check.hpp"
#include "src/model/network.hpp"
#include "src/model/number_text.hpp"
#include "src/train/device_data.hpp"
#include "src/train/hyperparameters.hpp"
#include "src/train/loss_inputs.hpp"

namespace minnow::engine {
namespace {

[[noreturn]] void refuse(std::string_view name, const std::string& value, std::string_view expected) {
  throw UsageError(std::string(name) + " " + value + ", expected " + std::string(expected));
}

void expect_not_negative(std::string_view name, float value) {
  if (!(value >= 0 && std::isfinite(value))) refuse(name, number_text(value), "a finite number, 0 or more");
}

void expect_positive(std::string_view name, float value) {
  if (!(value > 0 && std::isfinite(value))) refuse(name, number_text(value), "a finite number above 0");
}

void expect_fraction(std::string_view name, float value) {
  if (!(value >= 0 && value < 1)) refuse(name, number_text(value), "at least 0 and below 1");
}

void expect_between(std::string_view name, int value, int low, int high) {
  if (value < low || value > high) {
    refuse(name, std::to_string(value), std::to_string(low) + " to " + std::to_string(high));
  }
}

/// A constant that the rule does not read must have the value at which it does nothing.
void expect_unset(std::string_view name, bool set, OptimizerKind kind, OptimizerConstant constant) {
  if (!set || reads(kind, constant)) return;
  throw UsageError(std::string(name) + " with " + to_string(kind) +
                   ": that rule does not use it; leave one of them out");
}

void check_constants(const Optimizer& optimizer) {
  using enum OptimizerConstant;
  const OptimizerKind kind = optimizer.kind;
  expect_unset("momentum", optimizer.momentum != 0, kind, momentum);
  expect_unset("dampening", optimizer.dampening != 0, kind, dampening);
  expect_unset("nesterov", optimizer.nesterov, kind, nesterov);
  expect_unset("centered", optimizer.centered, kind, centered);
  expect_unset("epsilon inside the root", optimizer.epsilon_inside, kind, epsilon_inside);
  expect_unset("learning rate decay", optimizer.lr_decay != 0, kind, lr_decay);
  expect_unset("initial accumulator", optimizer.initial_accumulator != 0, kind, initial_accumulator);
  if (optimizer.dampening != 0 && optimizer.momentum == 0) {
    throw UsageError("dampening " + number_text(optimizer.dampening) + " with momentum 0: it needs a momentum above 0");
  }
  if (optimizer.nesterov && (optimizer.momentum == 0 || optimizer.dampening != 0)) {
    throw UsageError("nesterov with momentum " + number_text(optimizer.momentum) + " and dampening " +
                     number_text(optimizer.dampening) + ": it needs a momentum above 0 and no dampening");
  }
}

void check_optimizer(const Optimizer& optimizer) {
  expect_enumerator("optimizer kind", optimizer.kind, optimizer_count);
  expect_enumerator("form of weight decay", optimizer.decay, WeightDecay::decoupled);
  expect_not_negative("learning rate", optimizer.learning_rate);
  expect_not_negative("weight decay", optimizer.weight_decay);
  expect_fraction("momentum", optimizer.momentum);
  expect_fraction("dampening", optimizer.dampening);
  expect_fraction("alpha", optimizer.alpha);
  expect_fraction("rho", optimizer.rho);
  expect_fraction("beta1", optimizer.beta1);
  expect_fraction("beta2", optimizer.beta2);
  expect_positive("epsilon", optimizer.epsilon);
  expect_not_negative("learning rate decay", optimizer.lr_decay);
  expect_not_negative("initial accumulator", optimizer.initial_accumulator);
  expect_not_negative("momentum decay", optimizer.momentum_decay);
  expect_not_negative("clip value", optimizer.clip_value);
  expect_not_negative("clip norm", optimizer.clip_norm);
  check_constants(optimizer);
}

void check_milestones(const Schedule& schedule) {
  const bool needed = reads(schedule.kind, ScheduleField::milestones);
  const std::vector<int>& milestones = schedule.milestones;
  if (needed && milestones.empty())
    throw UsageError(to_string(schedule.kind) + " needs milestones, but there are none");
  for (std::size_t i = 0; i < milestones.size(); ++i) {
    expect_between("milestone", milestones[i], 0, most_epochs);
    if (i > 0 && milestones[i] <= milestones[i - 1]) {
      refuse("milestone", std::to_string(milestones[i]) + " after " + std::to_string(milestones[i - 1]),
             "increasing epochs");
    }
  }
}

void check_schedule(const Schedule& schedule, float learning_rate) {
  expect_enumerator("schedule kind", schedule.kind, schedule_count);
  expect_enumerator("schedule interval", schedule.interval, Interval::epoch);
  expect_enumerator("schedule annealing", schedule.annealing, Annealing::linear);
  expect_enumerator("schedule threshold mode", schedule.threshold_mode, ThresholdMode::absolute);
  expect_enumerator("schedule monitor", schedule.monitor.metric, metric_count);
  expect_positive("schedule period", schedule.period);
  expect_positive("schedule gamma", schedule.gamma);
  expect_not_negative("schedule minimum", schedule.minimum);
  expect_not_negative("schedule warmup", schedule.warmup);
  expect_not_negative("schedule length", schedule.length);
  expect_not_negative("schedule factor", schedule.factor);
  expect_not_negative("schedule start factor", schedule.start_factor);
  expect_not_negative("schedule end factor", schedule.end_factor);
  expect_positive("schedule power", schedule.power);
  expect_not_negative("schedule amount", schedule.amount);
  expect_between("schedule period multiplier", schedule.period_multiplier, 1, most_period_multiplier);
  if (!(schedule.pct_start > 0 && schedule.pct_start < 1)) {
    refuse("schedule pct_start", number_text(schedule.pct_start), "above 0 and below 1");
  }
  expect_positive("schedule div_factor", schedule.div_factor);
  expect_positive("schedule final_div_factor", schedule.final_div_factor);
  expect_between("schedule patience", schedule.patience, 0, most_epochs);
  expect_between("schedule cooldown", schedule.cooldown, 0, most_epochs);
  expect_not_negative("schedule threshold", schedule.threshold);
  check_milestones(schedule);
  if (reads(schedule.kind, ScheduleField::amount)) expect_positive("schedule amount", schedule.amount);
  if (schedule.kind == ScheduleKind::plateau && !(schedule.gamma < 1)) {
    refuse("schedule gamma", number_text(schedule.gamma), "below 1 for plateau");
  }
  if (reads(schedule.kind, ScheduleField::minimum) && schedule.minimum > learning_rate) {
    refuse("schedule minimum", number_text(schedule.minimum),
           "at most the learning rate, " + number_text(learning_rate));
  }
}

void check_hyperparameters(const Hyperparameters& model) {
  check_optimizer(model.optimizer);
  check_schedule(model.schedule, model.optimizer.learning_rate);
  expect_enumerator("monitored figure", model.early_stopping.monitor.metric, metric_count);
  expect_between("patience", model.early_stopping.patience, 0, most_epochs);
  expect_not_negative("minimum change", model.early_stopping.minimum_change);
  expect_between("start_from_epoch", model.early_stopping.start_from_epoch, 0, most_epochs);
}

bool is_in_host_memory(const kernels::Backend& backend) {
  return backend.name() == "cpu" || backend.name() == "reference";
}

}  // namespace

std::string name_of(const Dataset& data) {
  return "dataset '" + excerpt(data.name()) + "'";
}

void check_training(const Training& training) {
  expect_between("epochs", training.epochs, 1, most_epochs);
  expect_between("batch", training.batch, 0, largest_width);
  expect_enumerator("metrics scope", training.metrics, MetricsScope::all);
  check_loss(training.loss);
  const std::vector<Hyperparameters> models = all_hyperparameters(training);
  for (const Hyperparameters& model : models) {
    try {
      check_hyperparameters(model);
    } catch (const UsageError& error) {
      if (training.models.empty()) throw;
      throw UsageError("model " + std::to_string(&model - models.data()) + ": " + error.what());
    }
    if (model.optimizer.kind == models[0].optimizer.kind) continue;
    throw UsageError("models that are trained at once share one kind of optimizer, but one has " +
                     to_string(models[0].optimizer.kind) + " and another " + to_string(model.optimizer.kind));
  }
  expect_not_negative("time limit", training.time_limit);
}

void check_models(const Training& training, std::size_t models) {
  if (training.models.empty() || training.models.size() == models) return;
  throw UsageError("hyperparameters for " + std::to_string(training.models.size()) + " models, but there are " +
                   std::to_string(models));
}

void check_features(const Network& network, const Dataset& data) {
  if (data.rows() == 0) throw UsageError(name_of(data) + " has no rows");
  if (data.features() != network.inputs) {
    throw UsageError(name_of(data) + " has " + std::to_string(data.features()) + " features, but the network has " +
                     std::to_string(network.inputs) + " inputs");
  }
}

void check_batch_norm(const Network& network, int rows, int batch) {
  const auto norm = std::ranges::find(network.layers, LayerKind::batch_norm, &Layer::kind);
  if (norm == network.layers.end() || (batch > 1 && rows % batch != 1)) return;
  const std::string found = batch == 1 ? "a batch of 1 row"
                                       : "a last batch of 1 row (" + std::to_string(rows) + " rows in batches of " +
                                             std::to_string(batch) + ")";
  throw SettingError("train.batch", "layer '" + norm->name + "': batch normalization of " + found +
                                        " is not possible: choose another batch");
}

void check_preprocessing(const Model& model, const Dataset& data) {
  const bool scales = model.preprocessing != Preprocessing{};
  if (data.is_bytes() ? scales || preprocessing_of(data) == Preprocessing{} : !scales) return;
  const std::string range =
      "scale " + number_text(model.preprocessing.scale) + ", shift " + number_text(model.preprocessing.shift);
  throw UsageError(name_of(data) + " holds " + (data.is_bytes() ? "bytes" : "floats") +
                   ", but the model's inputs are " +
                   (scales ? "bytes (" + range + ")" : "floats, which it takes as they are (" + range + ")") +
                   ": use data of the kind that it was trained on, or set Model::preprocessing");
}

void check_memory(const kernels::Backend& backend, std::size_t bytes) {
  if (!is_in_host_memory(backend)) return;
  expect_memory("this", static_cast<double>(bytes),
                "lower the batch, the widths, or the number of models trained at once");
}

void check_gradient_check(const GradientCheckOptions& options) {
  if (options.batch > largest_width) {
    throw UsageError("gradient check of " + std::to_string(options.batch) + " rows, expected at most " +
                     std::to_string(largest_width));
  }
  if (options.batch < 1 || options.models < 1 || options.elements < 0) {
    throw UsageError("gradient check with batch " + std::to_string(options.batch) + ", " +
                     std::to_string(options.models) + " models and " + std::to_string(options.elements) +
                     " elements per tensor, expected at least 1, 1 and 0");
  }
}

void check_memory(const kernels::Backend& device, const Network& network, const GradientCheckOptions& options) {
  // In doubles, which no option makes overflow.
  const auto parameters = static_cast<double>(parameter_count(network));
  double widths = network.inputs;
  int width = network.inputs;
  for (const Layer& layer : network.layers) {
    if (layer.kind == LayerKind::dense) width = layer.units;
    widths += width;
  }
  // Of a rig: parameters, outputs, and the gradients of both.
  const double scalars = 2 * (parameters + static_cast<double>(options.batch) * widths);
  const double device_real = is_in_host_memory(device) ? static_cast<double>(device.real_size()) : 0;
  const double model = parameters * sizeof(float) + sizeof(Model);
  const double data = static_cast<double>(options.batch) * (network.inputs + width) * sizeof(float);
  const double bytes = options.models * (scalars * (sizeof(double) + device_real) + model) + data;
  expect_memory("a gradient check of " + std::to_string(options.models) + " models and " +
                    std::to_string(options.batch) + " rows",
                bytes, "lower the models, the rows, or the widths");
}

}  // namespace minnow::engine
