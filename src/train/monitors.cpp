// SPDX-License-Identifier: Apache-2.0
#include "src/train/monitors.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "minnow/error.hpp"
#include "src/model/network.hpp"
#include "src/train/hyperparameters.hpp"

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

bool is_counted(Metric metric) {
  return metric != Metric::loss && metric != Metric::accuracy;
}

Counted counted_of(const Training& training, const Network& network, const Dataset& data, bool validation) {
  const bool wanted = training.metrics == MetricsScope::all || (validation && training.metrics != MetricsScope::none);
  const bool monitored = std::ranges::any_of(monitors(training), [&](const Monitor& monitor) {
    return monitor.validation == validation && is_counted(monitor.metric);
  });
  if (data.rows() == 0 || !(wanted || monitored)) return {};
  return counted(data, loss_inputs(training.loss, network, data), output_width(network));
}

void check_monitor(const Monitor& monitor, const Training& training, const Network& network, const Dataset& data) {
  const std::string cannot = to_string(monitor) + " cannot be monitored ", alternative = ": monitor val_loss";
  const Counted all = counted(data, loss_inputs(training.loss, network, data), output_width(network));
  const bool of_errors =
      monitor.metric == Metric::mae || monitor.metric == Metric::rmse || monitor.metric == Metric::r2;
  const bool of_classes = monitor.metric != Metric::loss && !of_errors;
  if (of_classes && all.classes.classes == 0) throw UsageError(cannot + "without class labels" + alternative);
  if (of_errors && all.errors == 0) throw UsageError(cannot + "without target values" + alternative);
  if (monitor.metric == Metric::auroc && all.classes.classes != 2) {
    throw UsageError(cannot + "with " + std::to_string(all.classes.classes) + " classes, it is of two" + alternative);
  }
}

}  // namespace

void check_monitors(const Training& training, const Network& network, const Dataset& train, const Dataset& validation) {
  for (const Monitor& monitor : monitors(training)) {
    const Dataset& data = monitor.validation ? validation : train;
    if (data.rows() > 0) check_monitor(monitor, training, network, data);
  }
  if (validation.rows() > 0) return;
  for (const auto& [optimizer, schedule, stopping] : all_hyperparameters(training)) {
    if (schedule.kind == ScheduleKind::plateau && schedule.monitor.validation) {
      throw UsageError("the plateau schedule needs validation data, but there are none");
    }
    if (stopping.patience > 0 && stopping.monitor.validation) {
      throw UsageError("early stopping with patience " + std::to_string(stopping.patience) +
                       " needs validation data, but there are none");
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

Counted counted_in_training(const Training& training, const Network& network, const Dataset& train) {
  return counted_of(training, network, train, false);
}

Counted counted_in_validation(const Training& training, const Network& network, const Dataset& validation) {
  return counted_of(training, network, validation, true);
}

}  // namespace minnow::engine
