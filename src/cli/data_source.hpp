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

/// Says on standard error which classes the training rows lack that the other parts have.
void warn_of_missing_classes(const DataSplits& data);

/// What a model file keeps of its training: the settings of the data and the loss, and the training rows' fingerprint.
/// Of a folder the last part of its name alone: where a machine keeps its files is its own business. The run directory
/// says where they were.
std::vector<std::pair<std::string, std::string>> training_metadata(const Settings& settings, const Dataset& train);

/// The operand MODEL or RUN; without one the latest run, which is then said on standard error. Throws DataError where
/// there is none.
std::filesystem::path model_operand(const Invocation& invocation);

/// A saved model with the data it was trained on: what its metadata says counts, and where its run directory found
/// them, unless the invocation says otherwise.
struct ModelAndData {
  std::filesystem::path path;  ///< of the model file or the run directory
  Model model;
  Settings settings;
  DataSplits data;
};
/// Loads model_operand and its data. Throws ModelError where the model names what there is not.
ModelAndData load_model_and_data(const Invocation& invocation);

/// Throws what a model was refused for: ModelError that names the file, unless the invocation's own settings are to
/// blame.
[[noreturn]] void blame(const Error& error, const Invocation& invocation, const std::filesystem::path& model);

/// Does something with a model that was loaded from MODEL, and blames it for what is refused.
template <class Action>
auto blaming_model(const Invocation& invocation, const std::filesystem::path& model, Action&& action) {
  try {
    return action();
  } catch (const UsageError& error) {
    blame(error, invocation, model);
  } catch (const ModelError& error) {
    blame(error, invocation, model);
  }
}

const Dataset& part_of(const DataSplits& data, Split split);
/// Likewise. Throws UsageError where it has no rows.
const Dataset& filled_part_of(const DataSplits& data, Split split);

/// MODEL itself, or the model of a run directory: the final one, else its last checkpoint; empty: none.
std::filesystem::path find_model(const std::filesystem::path& path);

/// Throws ModelError where the model cannot read the data.
void check_fit(const Model& model, const Dataset& data);

}  // namespace minnow::cli
