// SPDX-License-Identifier: Apache-2.0
/// The TOML form of the settings.
#pragma once

#include <filesystem>
#include <string>

#include "src/cli/settings.hpp"

namespace minnow::cli {

/// Applies a file to the invocation. UsageErrors name file, line and column; DataError: cannot be read.
void read_config(Invocation& invocation, const std::filesystem::path& path);

/// The settings that mean something, with every default written out; read_config gives the same settings back.
std::string render_config(const Settings& settings);

}  // namespace minnow::cli
