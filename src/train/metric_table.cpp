// SPDX-License-Identifier: Apache-2.0
#include "src/train/metric_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "minnow/names.hpp"
#include "src/config/name_table.hpp"

namespace minnow {
namespace {

using engine::Name;
using engine::Needs;

struct MetricRow {
  Metric metric;
  std::array<std::string_view, 3> names;  ///< the first is the one that Minnow writes
  bool rises;                             ///< more of it is better
  Needs needs;
  double (*figure)(const Metrics&);  ///< where there is one
};

constexpr MetricRow table[] = {
    {Metric::loss, {"loss"}, false, Needs::nothing, [](const Metrics& m) { return m.loss; }},
    {Metric::accuracy, {"accuracy", "acc"}, true, Needs::labels, [](const Metrics& m) { return m.accuracy; }},
    {Metric::top_accuracy,
     {"top_accuracy", "top_k_accuracy"},
     true,
     Needs::classes,
     [](const Metrics& m) { return m.classification->top_accuracy; }},
    {Metric::macro_f1,
     {"macro_f1", "f1"},
     true,
     Needs::classes,
     [](const Metrics& m) { return m.classification->macro_f1(); }},
    {Metric::auroc,
     {"auroc", "auc", "roc_auc"},
     true,
     Needs::two_classes,
     [](const Metrics& m) { return m.classification->auroc; }},
    {Metric::mae, {"mae"}, false, Needs::targets, [](const Metrics& m) { return m.regression->mae; }},
    {Metric::rmse, {"rmse"}, false, Needs::targets, [](const Metrics& m) { return m.regression->rmse; }},
    {Metric::r2, {"r2"}, true, Needs::targets, [](const Metrics& m) { return m.regression->r2; }},
};

constexpr bool has_a_row_each() {
  for (std::size_t i = 0; i < std::size(table); ++i) {
    if (table[i].metric != static_cast<Metric>(i)) return false;
  }
  return std::size(table) == metric_count;
}
static_assert(has_a_row_each());

const MetricRow& row_of(Metric metric) {
  const auto index = static_cast<std::size_t>(metric);
  if (index >= std::size(table)) engine::throw_unknown_value(index);
  return table[index];
}

/// What a monitored figure's name begins with.
constexpr Name<bool> monitored_data[] = {
    {true, "val_"}, {true, "validation_"}, {false, "train_"}, {false, "training_"}};

}  // namespace

std::string to_string(Metric metric) {
  return std::string(row_of(metric).names[0]);
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const MetricRow& row : table) names.emplace_back(row.names[0]);
  return names;
}

bool rises(Metric metric) {
  return row_of(metric).rises;
}

bool is_counted(Metric metric) {
  return row_of(metric).needs > Needs::labels;
}

engine::Needs engine::needs_of(Metric metric) {
  return row_of(metric).needs;
}

bool has_figure(Metric metric, const Metrics& metrics) {
  switch (row_of(metric).needs) {
    case Needs::nothing:
      return metrics.rows > 0;
    case Needs::labels:
      return !std::isnan(metrics.accuracy);
    case Needs::classes:
      return metrics.classification.has_value();
    case Needs::two_classes:
      return metrics.classification.has_value() && metrics.classification->classes == 2;
    case Needs::targets:
      return metrics.regression.has_value();
  }
  return false;
}

double figure_of(Metric metric, const Metrics& metrics) {
  return has_figure(metric, metrics) ? row_of(metric).figure(metrics) : std::numeric_limits<double>::quiet_NaN();
}

Monitor parse_monitor(std::string_view text) {
  std::vector<std::string> known, valid;
  for (const Name<bool>& data : monitored_data) {
    for (const MetricRow& row : table) {
      const Monitor monitor{row.metric, data.value};
      for (const std::string_view name : row.names) {
        if (name.empty()) continue;
        known.push_back(std::string(data.text) + std::string(name));
        if (engine::same_name(text, known.back())) return monitor;
        if (to_string(monitor) == known.back()) valid.push_back(known.back());
      }
    }
  }
  engine::throw_unknown_name("monitored figure", text, std::vector<std::string_view>(known.begin(), known.end()),
                             std::vector<std::string_view>(valid.begin(), valid.end()));
}

std::string to_string(const Monitor& monitor) {
  return engine::name_of<bool>(monitor.validation, monitored_data) + to_string(monitor.metric);
}

}  // namespace minnow
