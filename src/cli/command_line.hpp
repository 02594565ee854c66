// SPDX-License-Identifier: Apache-2.0
/// From argv to an Invocation, and the texts about it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "src/cli/settings.hpp"

namespace minnow::cli {

struct Command {
  std::string_view name;
  std::string_view operands;  ///< "MODEL"; "" for none; "X": exactly one, "[X]": one or none, "[X ...]": any number
  std::string_view summary;   ///< one line, for the list of commands
  std::string_view detail;    ///< below the usage line of its help
  unsigned bit;
  int (*run)(const Invocation&);
};

/// Reads everything after the command's name: defaults < files < --set < flags. Throws UsageError, with a suggestion
/// for what is unknown, and DataError for a configuration file that cannot be read.
Invocation parse_command_line(const Command& command, std::span<const std::string> arguments);

/// `minnow --help`
std::string general_help(std::span<const Command> commands);
/// `minnow COMMAND --help`
std::string command_help(const Command& command);
/// The generated part of docs/cli.md.
std::string reference_markdown(std::span<const Command> commands);

}  // namespace minnow::cli
