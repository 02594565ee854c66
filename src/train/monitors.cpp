// SPDX-License-Identifier: Apache-2.0
#include "src/train/monitors.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "minnow/error.hpp"
#include "minnow/trainer.hpp"
#include "src/model/network.hpp"
#include "src/train/hyperparameters.hpp"
#include "src/train/metric_table.hpp"

namespace minnow::engine {
namespace {

std::vector<Monitor> monitors(const Training& training) {
  std::vector<Monitor> all;
  for (const Hyperparameters& model : all_hyperparameters(training)) {
    all.push_back(model.early_stopping.monitor);
    if (model.schedule.kind == ScheduleKind::plateau) all.push_back(model.schedule.monitor);
  }
  return all;
}

CountPlan plan_of(const Loss& loss, const Network& network, const Dataset& data, bool all) {
  if (data.rows() == 0) return {};
  return plan_counts(data, loss_inputs(loss, network, data), output_width(network), all);
}

/// What is counted of the training or the validation data.
CountPlan counted(const Training& training, const Network& network, const Dataset& data, bool validation) {
  const bool wanted = training.metrics == MetricsScope::all || (validation && training.metrics != MetricsScope::none);
  const bool monitored = std::ranges::any_of(monitors(training), [&](const Monitor& monitor) {
    return monitor.validation == validation && is_counted(monitor.metric);
  });
  return plan_of(training.loss, network, data, wanted || monitored);
}

}  // namespace

void check_monitors(const Training& training, const Network& network, const Dataset& train, const Dataset& validation) {
  const auto check = [&](const Monitor& monitor, const char* setting) {
    if (monitor.validation && validation.rows() == 0) return;
    const std::string why =
        why_unknown(monitor.metric, training.loss, network, monitor.validation ? validation : train);
    if (why.empty()) return;
    throw SettingError(setting, to_string(monitor) + " cannot be monitored " + why + ": monitor " +
                                    to_string(Monitor{Metric::loss, monitor.validation}));
  };
  const std::string instead = to_string(Monitor{Metric::loss, false});
  for (const auto& [optimizer, schedule, stopping] : all_hyperparameters(training)) {
    const bool plateau = schedule.kind == ScheduleKind::plateau;
    check(stopping.monitor, "early_stopping.monitor");
    if (plateau) check(schedule.monitor, "schedule.monitor");
    if (validation.rows() > 0) continue;
    if (plateau && schedule.monitor.validation) {
      throw SettingError("schedule.type",
                         "the plateau schedule needs validation data, but there are none: monitor " + instead);
    }
    if (stopping.patience > 0 && stopping.monitor.validation) {
      throw SettingError("early_stopping.patience",
                         "early stopping with patience " + std::to_string(stopping.patience) +
                             " needs validation data, but there are none: monitor " + instead);
    }
  }
}

bool has_plateau(const Training& training) {
  return std::ranges::any_of(all_hyperparameters(training),
                             [](const Hyperparameters& model) { return model.schedule.kind == ScheduleKind::plateau; });
}

bool has_best(const Training& training, const Dataset& validation) {
  return validation.rows() > 0 || std::ranges::any_of(all_hyperparameters(training), [](const Hyperparameters& model) {
           return !model.early_stopping.monitor.validation;
         });
}

CountPlan counted_in_training(const Training& training, const Network& network, const Dataset& train) {
  return counted(training, network, train, false);
}

CountPlan counted_in_validation(const Training& training, const Network& network, const Dataset& validation) {
  return counted(training, network, validation, true);
}

}  // namespace minnow::engine

namespace minnow {

std::string why_unknown(Metric metric, const Loss& loss, const Network& network, const Dataset& data) {
  using namespace engine;
  if (data.rows() == 0) return "without rows";
  const CountPlan all = plan_of(loss, network, data, true);
  const int outputs = output_width(network);
  const Needs needs = needs_of(metric);
  const std::string classes = "with " + std::to_string(outputs) + (outputs == 1 ? " class, " : " classes, ");
  if (needs == Needs::nothing) return {};
  if (needs == Needs::targets) return all.errors > 0 ? "" : "without target values";
  if (!all.labels) return "without class labels";
  if (needs == Needs::labels) return {};
  if (needs == Needs::two_classes && outputs > 2) return classes + "it is of two";
  if (all.classes.classes > 0) return {};
  return classes + (outputs == 1 ? "fewer than two" : "more than " + std::to_string(most_counted_classes)) +
         " are not counted";
}

}  // namespace minnow
