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

/// What a metric is of.
enum class Needs : std::uint8_t { nothing, labels, two_classes, targets };
Needs needs_of(Metric metric) {
  switch (metric) {
    case Metric::loss:
      return Needs::nothing;
    case Metric::accuracy:
    case Metric::top_accuracy:
    case Metric::macro_f1:
      return Needs::labels;
    case Metric::auroc:
      return Needs::two_classes;
    case Metric::mae:
    case Metric::rmse:
    case Metric::r2:
      return Needs::targets;
  }
  throw InternalError("unknown metric " + std::to_string(static_cast<int>(metric)));
}

/// The tally does not give it.
bool is_counted(Metric metric) {
  return metric != Metric::loss && metric != Metric::accuracy;
}

CountPlan plan_of(const Training& training, const Network& network, const Dataset& data, bool validation) {
  const bool wanted = training.metrics == MetricsScope::all || (validation && training.metrics != MetricsScope::none);
  const bool monitored = std::ranges::any_of(monitors(training), [&](const Monitor& monitor) {
    return monitor.validation == validation && is_counted(monitor.metric);
  });
  if (data.rows() == 0) return {};
  return plan_counts(data, loss_inputs(training.loss, network, data), output_width(network), wanted || monitored);
}

/// What a dataset has for its metrics.
struct Given {
  bool labels = false, targets = false;
  int classes = 0;
};
Given given(const Training& training, const Network& network, const Dataset& data) {
  if (data.rows() == 0) return {};
  const bool labels = loss_inputs(training.loss, network, data).labels;
  return {labels, data.target_count() > 0, labels ? std::max(output_width(network), 2) : 0};
}

/// `setting` is where the monitor was named.
void check_monitor(const Monitor& monitor, const char* setting, const Given& data) {
  const std::string cannot = to_string(monitor) + " cannot be monitored ";
  const std::string remedy = ": monitor " + to_string(Monitor{Metric::loss, monitor.validation});
  const Needs needs = needs_of(monitor.metric);
  if (needs == Needs::targets && !data.targets) throw SettingError(setting, cannot + "without target values" + remedy);
  if (needs != Needs::labels && needs != Needs::two_classes) return;
  if (!data.labels) throw SettingError(setting, cannot + "without class labels" + remedy);
  if (needs == Needs::two_classes && data.classes != 2) {
    throw SettingError(setting, cannot + "with " + std::to_string(data.classes) + " classes, it is of two" + remedy);
  }
  if (is_counted(monitor.metric) && data.classes > most_counted_classes) {
    throw SettingError(setting, cannot + "with " + std::to_string(data.classes) + " classes, more than " +
                                    std::to_string(most_counted_classes) + " are not counted" + remedy);
  }
}

}  // namespace

void check_monitors(const Training& training, const Network& network, const Dataset& train, const Dataset& validation) {
  const Given of_train = given(training, network, train), of_validation = given(training, network, validation);
  const auto check = [&](const Monitor& monitor, const char* setting) {
    if (monitor.validation && validation.rows() == 0) return;
    check_monitor(monitor, setting, monitor.validation ? of_validation : of_train);
  };
  for (const auto& [optimizer, schedule, stopping] : all_hyperparameters(training)) {
    const bool plateau = schedule.kind == ScheduleKind::plateau;
    check(stopping.monitor, "early_stopping.monitor");
    if (plateau) check(schedule.monitor, "schedule.monitor");
    if (validation.rows() > 0) continue;
    if (plateau && schedule.monitor.validation) {
      throw SettingError("schedule.type",
                         "the plateau schedule needs validation data, but there are none: monitor train_loss");
    }
    if (stopping.patience > 0 && stopping.monitor.validation) {
      throw SettingError("early_stopping.patience",
                         "early stopping with patience " + std::to_string(stopping.patience) +
                             " needs validation data, but there are none: monitor train_loss");
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
  return plan_of(training, network, train, false);
}

CountPlan counted_in_validation(const Training& training, const Network& network, const Dataset& validation) {
  return plan_of(training, network, validation, true);
}

}  // namespace minnow::engine
