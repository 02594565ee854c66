// SPDX-License-Identifier: Apache-2.0
#include "src/cli/json.hpp"

#include <cmath>
#include <cstdlib>
#include <utility>

#include "src/cli/text.hpp"

namespace minnow::cli {

double tidy(double value) {
  if (!std::isfinite(value)) return value;
  return std::strtod(shortest(static_cast<float>(value)).c_str(), nullptr);
}

double samples_per_second(const EpochRecord& record) {
  return record.seconds > 0 ? static_cast<double>(record.train.rows) / record.seconds : 0;
}

namespace {

std::string key_of(Split split, const char* what) {
  return to_string(split) + "/" + what;
}

/// Rows: labels, columns: predicted.
Json confusion_of(const Classification& result) {
  Json confusion = Json::array();
  for (int c = 0; c < result.classes; ++c) {
    Json row = Json::array();
    for (int predicted = 0; predicted < result.classes; ++predicted) row.push_back(result.count(c, predicted));
    confusion.push_back(std::move(row));
  }
  return confusion;
}

}  // namespace

void add_classes(Json& json, Split split, const Classification& result) {
  Json classes = Json::array();
  for (int c = 0; c < result.classes; ++c) {
    classes.push_back({{"class", c},
                       {"precision", result.precision(c)},
                       {"recall", result.recall(c)},
                       {"f1", result.f1(c)},
                       {"support", result.support(c)}});
  }
  json[key_of(split, "top_k")] = result.k;
  json[key_of(split, "classes")] = std::move(classes);
  json[key_of(split, "confusion")] = confusion_of(result);
}

std::vector<Metric> figures_of(const Metrics& metrics) {
  std::vector<Metric> figures;
  for (int k = 0; k < metric_count; ++k) {
    if (has_figure(static_cast<Metric>(k), metrics)) figures.push_back(static_cast<Metric>(k));
  }
  return figures;
}

void add_figures(Json& json, Split split, const Metrics& metrics) {
  if (metrics.rows == 0) return;
  json[key_of(split, "rows")] = metrics.rows;
  for (const Metric metric : figures_of(metrics)) json[to_string(Figure{metric, split})] = figure_of(metric, metrics);
}

std::vector<Monitor> figures_of(const EpochRecord& record) {
  std::vector<Monitor> figures;
  for (const bool validation : {false, true}) {
    for (const Metric metric : figures_of(validation ? record.validation : record.train)) {
      figures.push_back({metric, validation});
    }
  }
  return figures;
}

Json to_json(const EpochRecord& record) {
  Json json = {{"epoch", record.epoch}, {"steps", record.steps}};
  const std::pair<Split, const Metrics&> parts[] = {{Split::train, record.train},
                                                    {Split::validation, record.validation}};
  for (const auto& [split, metrics] : parts) {
    add_figures(json, split, metrics);
    if (metrics.classification) json[key_of(split, "confusion")] = confusion_of(*metrics.classification);
  }
  json["lr"] = tidy(record.learning_rate);
  json["seconds"] = record.seconds;
  json["throughput/samples_per_s"] = samples_per_second(record);
  json["best"] = record.best;
  json["partial"] = record.partial;
  if (record.weights_hash != 0) json["weights_hash"] = hex(record.weights_hash);
  return json;
}

Json to_json(const Dataset& data) {
  return {{"name", data.name()},
          {"rows", data.rows()},
          {"features", data.features()},
          {"classes", data.classes()},
          {"type", data.is_bytes() ? "u8" : "f32"},
          {"fingerprint", hex(data.fingerprint())}};
}

Json to_json(const BuildInfo& build) {
  return {{"version", build.version},
          {"commit", build.commit},
          {"compiler", build.compiler},
          {"flags", build.flags},
          {"build_type", build.build_type},
          {"cuda", build.cuda},
          {"cuda_architectures", build.cuda_architectures}};
}

Json to_json(const DeviceInfo& device) {
  Json json = {{"device", device.device}, {"description", device.description}, {"usable", device.usable}};
  if (!device.usable) json["reason"] = device.reason;
  return json;
}

std::string line_of(const Json& json) {
  return json.dump() + '\n';
}

std::string text_of(const Json& json) {
  return json.dump(true) + '\n';
}

}  // namespace minnow::cli
