// SPDX-License-Identifier: Apache-2.0
/// How commands come to their data.
#pragma once

#include "src/cli/settings.hpp"

namespace minnow::cli {

/// Loads what the settings name. The drawn digits take MNIST's place only where nobody asked for MNIST by name; that is
/// said on standard error, and `settings` then names the digits, so that the saved configuration repeats the run.
DataSplits load_splits(const Invocation& invocation, Settings& settings);

/// Likewise, with the dataset that the model was trained on where none was named.
DataSplits load_splits_for(const Model& model, const Invocation& invocation, Settings& settings);

const Dataset& part_of(const DataSplits& data, Split split);

/// Loads MODEL: a model file, or a run directory that holds one.
Model load_model(const std::filesystem::path& path);

/// Throws ModelError where the model cannot read the data.
void check_fit(const Model& model, const Dataset& data);

/// The value of a metadata key, or empty.
std::string metadata_of(const Model& model, std::string_view key);

}  // namespace minnow::cli
