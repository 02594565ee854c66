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

constexpr Name<Split> split_table[] = {
    {Split::train, "train"},           {Split::train, "training"},   {Split::validation, "val"},
    {Split::validation, "validation"}, {Split::validation, "valid"}, {Split::test, "test"},
};

/// Every figure that may be monitored.
std::vector<Figure> monitored_figures() {
  std::vector<Figure> figures;
  for (const Split split : {Split::validation, Split::train}) {
    for (const MetricRow& row : table) figures.push_back({row.metric, split});
  }
  return figures;
}

/// "val/acc" of val_acc, validation-acc and val/acc; other texts as they are.
std::string in_one_spelling(std::string_view text) {
  const std::size_t separator = text.find_first_of("/_- .");
  if (separator == std::string_view::npos) return std::string(text);
  for (const Name<Split>& name : split_table) {
    if (!engine::same_name(text.substr(0, separator), name.text)) continue;
    return to_string(name.value) + "/" + std::string(text.substr(separator + 1));
  }
  return std::string(text);
}

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

Split parse_split(std::string_view text) {
  return engine::parse_name<Split>("split", text, split_table);
}

std::string to_string(Split split) {
  return engine::name_of<Split>(split, split_table);
}

std::vector<std::string> split_names() {
  return engine::written_names<Split>(split_table);
}

std::string to_string(const Figure& figure) {
  return to_string(figure.split) + "/" + to_string(figure.metric);
}

Figure parse_figure(std::string_view what, std::string_view text, std::span<const Figure> valid) {
  const std::string wanted = in_one_spelling(text);
  std::vector<std::string> known, written;
  for (const Figure& figure : valid) {
    written.push_back(to_string(figure));
    for (const std::string_view name : row_of(figure.metric).names) {
      if (name.empty()) continue;
      known.push_back(to_string(figure.split) + "/" + std::string(name));
      if (engine::same_name(wanted, known.back())) return figure;
    }
  }
  engine::throw_unknown_name(what, wanted, std::vector<std::string_view>(known.begin(), known.end()),
                             std::vector<std::string_view>(written.begin(), written.end()));
}

Monitor parse_monitor(std::string_view text) {
  const Figure figure = parse_figure("monitored figure", text, monitored_figures());
  return {figure.metric, figure.split == Split::validation};
}

std::string to_string(const Monitor& monitor) {
  return to_string(Figure{monitor.metric, monitor.validation ? Split::validation : Split::train});
}

}  // namespace minnow
