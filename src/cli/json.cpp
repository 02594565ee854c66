// SPDX-License-Identifier: Apache-2.0
#include "src/cli/json.hpp"

#include <cmath>
#include <cstdlib>

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

Json to_json(const Classification& result) {
  Json classes = Json::array();
  for (int c = 0; c < result.classes; ++c) {
    classes.push_back({{"class", c},
                       {"precision", result.precision(c)},
                       {"recall", result.recall(c)},
                       {"f1", result.f1(c)},
                       {"support", result.support(c)}});
  }
  return {{"top_k", result.k},
          {"top_accuracy", result.top_accuracy},
          {"macro_f1", result.macro_f1()},
          {"auroc", std::isnan(result.auroc) ? Json() : Json(result.auroc)},
          {"classes", classes},
          {"confusion", confusion_of(result)}};
}

std::vector<Metric> figures_of(const Metrics& metrics) {
  std::vector<Metric> figures;
  for (int k = 0; k < metric_count; ++k) {
    if (has_figure(static_cast<Metric>(k), metrics)) figures.push_back(static_cast<Metric>(k));
  }
  return figures;
}

Json to_json(const Metrics& metrics) {
  if (metrics.rows == 0) return nullptr;
  Json json = {{"rows", metrics.rows}};
  for (const Metric metric : figures_of(metrics)) json[to_string(metric)] = figure_of(metric, metrics);
  return json;
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
  for (const Monitor& figure : figures_of(record)) {
    json[(figure.validation ? "val/" : "train/") + to_string(figure.metric)] = figure_of(figure, record);
  }
  if (record.train.classification) json["train/confusion"] = confusion_of(*record.train.classification);
  if (record.validation.classification) json["val/confusion"] = confusion_of(*record.validation.classification);
  json["lr"] = tidy(record.learning_rate);
  json["seconds"] = record.seconds;
  json["throughput/samples_per_s"] = samples_per_second(record);
  json["best"] = record.best;
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
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace minnow::cli
