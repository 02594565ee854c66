// SPDX-License-Identifier: Apache-2.0
/// Texts generated from the table of options.
#include <fmt/format.h>

#include "src/cli/command_line.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

constexpr std::size_t left_width = 30, right_width = 84;

bool is_flag(const Option<Invocation>& option, unsigned bit) {
  return !option.flag.empty() && (option.commands & bit) != 0;
}

/// "-c, --config FILE"
std::string flag_text(const Option<Invocation>& option) {
  std::string text = option.letter != 0 ? fmt::format("-{}, ", option.letter) : "";
  text += fmt::format("--{}", option.flag);
  return option.argument.empty() ? text : fmt::format("{} {}", text, option.argument);
}

/// "(>= 1; default 10)"; empty for switches.
template <class Target>
std::string facts(const Option<Target>& option) {
  std::vector<std::string> parts;
  if (option.choices != nullptr) parts.push_back(option.choices());
  if (option.kind == ValueKind::boolean && !option.argument.empty()) parts.emplace_back("true or false");
  if (const std::string range = option.range.text(); !range.empty()) parts.push_back(range);
  const std::string initial = plain_text(option.read(Target{}));
  const bool is_switch = option.kind == ValueKind::boolean && option.argument.empty();
  if (!initial.empty() && !is_switch) parts.push_back(fmt::format("default {}", initial));
  return parts.empty() ? "" : fmt::format("({})", join(parts, "; "));
}

/// Two columns; the right one is broken between words.
std::string entry(const std::string& left, const std::string& right) {
  std::string text = fmt::format("  {}", left), line;
  const auto flush = [&] {
    const std::size_t column = text.size() - (text.rfind('\n') + 1);
    const bool fits = column < left_width;
    text += fmt::format("{}{:{}}{}", fits ? "" : "\n", "", fits ? left_width - column : left_width, line);
    line.clear();
  };
  for (const std::string& word : split(right, ' ')) {
    if (!line.empty() && line.size() + 1 + word.size() > right_width) {
      flush();
      text += '\n';
    }
    line += line.empty() ? word : fmt::format(" {}", word);
  }
  flush();
  return text + '\n';
}

template <class Target>
std::string describe(const Option<Target>& option) {
  return trim(fmt::format("{} {}", option.help, facts(option)));
}

std::string title_of(std::string_view key) {
  if (key.empty()) return "General";
  std::string title(key.substr(0, key.find('.')));
  if (title == "early_stopping") return "Early stopping";
  title[0] = static_cast<char>(title[0] - 'a' + 'A');
  return title;
}

std::string settings_without_flags(unsigned bit) {
  std::string text;
  for (const auto& option : options()) {
    if (option.key.empty() || is_flag(option, bit)) continue;
    text += entry(std::string(option.key), describe(option));
  }
  return text;
}

/// Bars would end a table cell.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
  return text;
}

std::string default_cell(const std::string& value) {
  return value.empty() ? "" : fmt::format("`{}`", value);
}

template <class Target>
std::string values_cell(const Option<Target>& option) {
  if (option.choices != nullptr) return option.choices();
  return option.kind == ValueKind::text ? "text" : expected_text(option.kind, option.range);
}

std::string commands_of(const Option<Invocation>& option, std::span<const Command> commands) {
  std::vector<std::string> names;
  for (const Command& command : commands) {
    if ((option.commands & command.bit) != 0) names.emplace_back(command.name);
  }
  return names.size() == commands.size() ? "all" : join(names, ", ");
}

}  // namespace

std::string general_help(std::span<const Command> commands) {
  std::string text =
      "Minnow trains small neural networks.\n\n"
      "Usage: minnow COMMAND [options]\n\nCommands\n";
  for (const Command& command : commands) text += entry(std::string(command.name), std::string(command.summary));
  text += "\nOptions\n";
  text += entry("-h, --help", "show this text; 'minnow COMMAND --help' shows a command's options");
  text += entry("    --version", "show the version and how it was built");
  text +=
      "\nExit codes: 0 ok, 1 internal error, 2 usage, 3 data or file, 4 device, 5 diverged, 6 a check failed, 7 model\n"
      "file, 8 out of memory, 129, 130 and 143 interrupted.\n";
  return text;
}

std::string command_help(const Command& command) {
  std::string operands(command.operands);
  std::string text = fmt::format("Usage: minnow {}{}{} [options]\n\n{}\n", command.name, operands.empty() ? "" : " ",
                                 operands, command.detail);
  std::string title;
  bool takes_config = false;
  for (const auto& option : options()) {
    if (!is_flag(option, command.bit)) continue;
    takes_config = takes_config || option.flag == "config";
    if (title_of(option.key) != title) text += '\n' + (title = title_of(option.key)) + '\n';
    text += entry((option.letter != 0 ? "" : "    ") + flag_text(option), describe(option));
  }
  if (command.bit == train_command) {
    text += "\nSettings without a flag (in a file, or --set KEY=VALUE)\n" + settings_without_flags(command.bit);
    text += "\nKeys of a [[model.layer]] table (in a file)\n";
    for (const auto& option : layer_options()) text += entry(std::string(option.key), describe(option));
  } else if (takes_config) {
    text += "\nFiles and --set take every setting that 'minnow train --help' lists.\n";
  }
  return text;
}

std::string reference_markdown(std::span<const Command> commands) {
  std::string text = "| key | flag | values | default | meaning |\n| --- | --- | --- | --- | --- |\n";
  for (const auto& option : options()) {
    if (option.key.empty()) continue;
    const std::string flag = option.flag.empty() ? "" : fmt::format("`{}`", flag_text(option));
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", option.key, flag, cell(values_cell(option)),
                        default_cell(plain_text(option.read(Invocation{}))), cell(std::string(option.help)));
  }
  text += "\nKeys of a `[[model.layer]]` table:\n\n| key | values | default | meaning |\n| --- | --- | --- | --- |\n";
  for (const auto& option : layer_options()) {
    text += fmt::format("| `{}` | {} | {} | {} |\n", option.key, cell(values_cell(option)),
                        default_cell(plain_text(option.read(Layer{}))), cell(std::string(option.help)));
  }
  text += "\nFlags that are no settings:\n\n| flag | commands | meaning |\n| --- | --- | --- |\n";
  for (const auto& option : options()) {
    if (!option.key.empty()) continue;
    text +=
        fmt::format("| `{}` | {} | {} |\n", flag_text(option), commands_of(option, commands), cell(describe(option)));
  }
  return text;
}

}  // namespace minnow::cli
