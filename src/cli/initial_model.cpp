// SPDX-License-Identifier: Apache-2.0
#include "src/cli/initial_model.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "src/cli/console.hpp"
#include "src/cli/data_source.hpp"

namespace minnow::cli {

std::optional<Model> load_initial_model(const Invocation& invocation, Settings& settings) {
  if (settings.initial_model.empty()) return std::nullopt;
  const std::filesystem::path file = find_model(settings.initial_model);
  if (file.empty()) {
    throw DataError(
        fmt::format("{}model.init = {}: the folder holds no model; name a model file or the folder of one run",
                    invocation.place_of("model.init"), settings.initial_model));
  }
  Model initial = Model::load(file);
  settings.initial_model = full_path(file);
  const bool described = std::ranges::any_of(
      invocation.sources, [](const Source& s) { return s.key.starts_with("model.") && s.key != "model.init"; });
  if (!described) settings.layers = initial.network().layers;
  return initial;
}

void start_from(Model& model, const Model& initial, const Settings& settings) {
  try {
    model.take_parameters(initial);
  } catch (const ModelError& error) {
    throw ModelError(fmt::format("{}: cannot be started from: {}", settings.initial_model, error.what()));
  }
  if (initial.preprocessing == model.preprocessing) return;
  write_message("warning", fmt::format("the inputs of {} were x * {} + {}, those of this training are x * {} + {}",
                                       settings.initial_model, shortest(initial.preprocessing.scale),
                                       shortest(initial.preprocessing.shift), shortest(model.preprocessing.scale),
                                       shortest(model.preprocessing.shift)));
}

}  // namespace minnow::cli
