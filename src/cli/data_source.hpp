// SPDX-License-Identifier: Apache-2.0
/// How commands come to their data and models.
#pragma once

#include "src/cli/settings.hpp"

namespace minnow::cli {

/// Without links and dots; the path itself where it is not there.
std::string full_path(const std::filesystem::path& path);

/// Loads what the settings name. The drawn digits take MNIST's place only where nobody asked for MNIST by name; that is
/// said on standard error. `settings` then say in full what was loaded, so that saved they repeat the run.
DataSplits load_splits(const Invocation& invocation, Settings& settings);

/// What a model file keeps of its training: the settings of the data and the loss, and the training rows' fingerprint.
std::vector<std::pair<std::string, std::string>> training_metadata(const Settings& settings, const Dataset& train);

/// A saved model with the data it was trained on: what its metadata says counts, unless the invocation says otherwise.
struct ModelAndData {
  Model model;
  Settings settings;
  DataSplits data;
};
/// Loads the operand MODEL and its data. Throws ModelError where the model names what there is not.
ModelAndData load_model_and_data(const Invocation& invocation);

const Dataset& part_of(const DataSplits& data, Split split);

/// MODEL itself, or the model of a run directory: the final one, else its last checkpoint; empty: none.
std::filesystem::path find_model(const std::filesystem::path& path);

/// Throws ModelError where the model cannot read the data.
void check_fit(const Model& model, const Dataset& data);

}  // namespace minnow::cli
