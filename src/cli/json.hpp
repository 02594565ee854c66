// SPDX-License-Identifier: Apache-2.0
/// The JSON form of what the commands report.
#pragma once

#include <string>
#include <vector>

#include "minnow/minnow.hpp"
#include "src/cli/json_value.hpp"

namespace minnow::cli {

/// A float's value with the digits that it needs: 0.001, not 0.0010000000474974513.
double tidy(double value);

/// Training rows over the epoch's wall time; 0 if the clock did not advance.
double samples_per_second(const EpochRecord& record);

/// Adds val/rows, val/loss and so on: the figures that there are. Nothing without rows.
void add_figures(Json& json, Split split, const Metrics& metrics);
/// Adds val/top_k, val/classes, val/confusion.
void add_classes(Json& json, Split split, const Classification& result);
/// The figures that there are.
std::vector<Metric> figures_of(const Metrics& metrics);
std::vector<Monitor> figures_of(const EpochRecord& record);
/// {epoch, steps, train/rows, train/loss, ..., lr, seconds, throughput/samples_per_s, best, partial,
/// weights_hash}
Json to_json(const EpochRecord& record);
/// {name, rows, features, classes, type, fingerprint}
Json to_json(const Dataset& data);
/// {version, commit, compiler, flags, build_type, cuda, cuda_architectures}
Json to_json(const BuildInfo& build);
Json to_json(const DeviceInfo& device);

/// One line; NaN and infinities, which JSON lacks, become null.
std::string line_of(const Json& json);
/// Indented, for files and terminals.
std::string text_of(const Json& json);

}  // namespace minnow::cli
