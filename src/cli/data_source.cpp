// SPDX-License-Identifier: Apache-2.0
#include "src/cli/data_source.hpp"

#include <fmt/format.h>

#include "src/cli/console.hpp"

namespace minnow::cli {
namespace {

DataSplits load_splits(Settings& settings, bool allow_substitute) {
  DataSplits data = load_data(settings.data, allow_substitute);
  if (data.substituted) {
    settings.data.dataset = "digits";
    // Not a matter of --quiet: whoever expects MNIST must not take these figures for it.
    write_error(fmt::format("minnow: note: {}\n", data.description));
  }
  return data;
}

}  // namespace

DataSplits load_splits(const Invocation& invocation, Settings& settings) {
  return load_splits(settings, !invocation.was_given("data.dataset"));
}

DataSplits load_splits_for(const Model& model, const Invocation& invocation, Settings& settings) {
  const std::string trained_on = metadata_of(model, "dataset");
  const bool named = invocation.was_given("data.dataset");
  if (!named && !trained_on.empty()) settings.data.dataset = trained_on;
  return load_splits(settings, !named && trained_on.empty());
}

const Dataset& part_of(const DataSplits& data, Split split) {
  switch (split) {
    case Split::train:
      return data.train;
    case Split::validation:
      return data.validation;
    case Split::test:
      return data.test;
  }
  return data.test;
}

Model load_model(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return Model::load(path);
  return Model::load(path / "model.safetensors");
}

void check_fit(const Model& model, const Dataset& data) {
  if (model.inputs() != data.features()) {
    throw ModelError(
        fmt::format("the model reads {} features, but {} has {}", model.inputs(), data.name(), data.features()));
  }
  if (data.classes() > model.outputs()) {
    throw ModelError(
        fmt::format("the model tells {} classes apart, but {} has {}", model.outputs(), data.name(), data.classes()));
  }
}

std::string metadata_of(const Model& model, std::string_view key) {
  for (const auto& [name, value] : model.metadata) {
    if (name == key) return value;
  }
  return {};
}

}  // namespace minnow::cli
