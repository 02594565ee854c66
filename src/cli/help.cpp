// SPDX-License-Identifier: Apache-2.0
/// Texts generated from the table of options.
#include <fmt/format.h>

#include <algorithm>

#include "src/cli/aliases.hpp"
#include "src/cli/command_line.hpp"
#include "src/cli/console.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

/// How wide the text is, and how far to the right the second of its columns begins.
struct Layout {
  std::size_t width = 80, right = 30;
};

/// As wide as the terminal, but no wider than is read with ease; where it is narrow, explanations stand below.
Layout layout() {
  const auto width = static_cast<std::size_t>(std::clamp(columns(), 20, 114));
  return {width, width < 72 ? std::size_t{6} : std::size_t{30}};
}

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

/// Two columns; the right one is broken between words, and begins a line below a left one that is too long.
std::string entry(const std::string& left, const std::string& right) {
  const Layout page = layout();
  const std::size_t used = left.size() + 2;
  const std::string gap = used < page.right ? std::string(page.right - used, ' ') : '\n' + std::string(page.right, ' ');
  return fmt::format("  {}{}{}\n", left, gap, wrapped(right, page.right, page.width));
}

/// A text over the whole width.
std::string paragraph(std::string_view text) {
  return wrapped(text, 0, layout().width) + '\n';
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
  std::string text = "Minnow trains small neural networks.\n\nUsage: minnow COMMAND [options]\n\nCommands\n";
  for (const Command& command : commands) text += entry(std::string(command.name), std::string(command.summary));
  text += "\nOptions\n";
  text += entry("-h, --help", "show this text; 'minnow COMMAND --help' shows a command's options");
  text += entry("-V, --version", "show the version and how it was built");
  return text + '\n' +
         paragraph(
             "Exit codes: 0 ok, 1 internal error, 2 usage, 3 data or file, 4 device, 5 diverged, 6 a check failed, 7 "
             "model file, 8 out of memory, 129, 130 and 143 interrupted.");
}

std::string command_help(const Command& command) {
  const std::string usage = fmt::format("Usage: minnow {} {} [options]", command.name, command.operands);
  std::string text = fmt::format("{}\n{}", paragraph(usage), paragraph(command.detail));
  std::string title;
  bool takes_config = false;
  for (const auto& option : options()) {
    if (!is_flag(option, command.bit)) continue;
    takes_config = takes_config || option.flag == "config";
    if (title_of(option.key) != title) text += '\n' + (title = title_of(option.key)) + '\n';
    text += entry((option.letter != 0 ? "" : "    ") + flag_text(option), describe(option));
  }
  if (command.bit == train_command) {
    text += '\n' + paragraph("Settings without a flag (in a file, or --set KEY=VALUE)");
    text += settings_without_flags(command.bit);
    text += '\n' + paragraph("Keys of a [[model.layer]] table (in a file)");
    for (const auto& option : layer_options()) text += entry(std::string(option.key), describe(option));
    text += '\n' + paragraph(
                       "Names of PyTorch, Keras and scikit-learn for the same things are understood (--batch-size, "
                       "--learning-rate); docs/cli.md lists them.");
  } else if (takes_config) {
    text += '\n' + paragraph("Files and --set take every setting that 'minnow train --help' lists.");
  }
  return text;
}

namespace {

/// "`batch_size`, `minibatch_size`"
std::string words_for(std::string_view key) {
  std::vector<std::string> words;
  for (const Alias& alias : aliases()) {
    if (alias.key == key) words.push_back(fmt::format("`{}`", alias.word));
  }
  return join(words, ", ");
}

std::string alias_rows() {
  std::string text;
  const auto add = [&](const std::string& shown, std::string_view key) {
    if (const std::string words = words_for(key); !words.empty()) text += fmt::format("| {} | {} |\n", shown, words);
  };
  for (const auto& option : options()) {
    const std::string flag = option.flag.empty() ? "" : fmt::format(", `--{}`", option.flag);
    if (!option.key.empty()) add(fmt::format("`{}`{}", option.key, flag), option.key);
  }
  for (const auto& option : layer_options()) {
    add(fmt::format("`{}` of `[[model.layer]]`", option.key), fmt::format("model.layer.{}", option.key));
  }
  return text;
}

}  // namespace

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
  text += "\nNames of other libraries that are understood:\n\n| key, flag | also |\n| --- | --- |\n" + alias_rows();
  text += "\nFlags that are no settings:\n\n| flag | commands | meaning |\n| --- | --- | --- |\n";
  for (const auto& option : options()) {
    if (!option.key.empty()) continue;
    text +=
        fmt::format("| `{}` | {} | {} |\n", flag_text(option), commands_of(option, commands), cell(describe(option)));
  }
  return text;
}

}  // namespace minnow::cli
