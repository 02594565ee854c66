// SPDX-License-Identifier: Apache-2.0
/// --init: a training that starts from the weights of a saved model.
#pragma once

#include <optional>

#include "src/cli/settings.hpp"

namespace minnow::cli {

/// The model that model.init names, or nothing. Where the invocation describes no network, the model's becomes that of
/// `settings`, which then say in full where the model lies. Throws DataError or ModelError.
std::optional<Model> load_initial_model(const Invocation& invocation, Settings& settings);

/// Gives `model` the weights of `initial`. Throws ModelError, naming the file, where the shapes differ.
void start_from(Model& model, const Model& initial, const Settings& settings);

}  // namespace minnow::cli
