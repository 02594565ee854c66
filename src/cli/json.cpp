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

Json to_json(const Metrics& metrics) {
  if (metrics.rows == 0) return nullptr;
  return {{"loss", metrics.loss}, {"accuracy", metrics.accuracy}, {"rows", metrics.rows}};
}

Json to_json(const EpochRecord& record) {
  Json json = {{"epoch", record.epoch},
               {"steps", record.steps},
               {"train/loss", record.train.loss},
               {"train/accuracy", record.train.accuracy}};
  if (record.validation.rows > 0) {
    json["val/loss"] = record.validation.loss;
    json["val/accuracy"] = record.validation.accuracy;
  }
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
