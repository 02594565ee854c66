// SPDX-License-Identifier: Apache-2.0
#include "src/cli/command_line.hpp"

#include <fmt/format.h>

#include "src/cli/config_file.hpp"
#include "src/cli/text.hpp"

#define CXXOPTS_NO_REGEX
#define CXXOPTS_VECTOR_DELIMITER '\0'  // a comma belongs to the value: --set model.hidden=128,64
#include <cxxopts.hpp>

namespace minnow::cli {
namespace {

using FlagOption = Option<Invocation>;

/// The options whose flag the command takes.
std::vector<const FlagOption*> flags_of(const Command& command) {
  std::vector<const FlagOption*> found;
  for (const FlagOption& option : options()) {
    if (!option.flag.empty() && (option.commands & command.bit) != 0) found.push_back(&option);
  }
  return found;
}

const FlagOption* find_flag(std::span<const FlagOption* const> known, std::string_view name) {
  for (const FlagOption* option : known) {
    if (option->flag == name) return option;
  }
  return nullptr;
}

[[noreturn]] void fail_unknown(const Command& command, std::span<const FlagOption* const> known, std::string flag) {
  flag = flag.substr(0, flag.find('='));
  const std::string_view bare = std::string_view(flag).substr(std::min(flag.find_first_not_of('-'), flag.size()));
  std::vector<std::string> names;
  for (const FlagOption* option : known) names.push_back("--" + std::string(option->flag));
  std::string hint = suggestion("--" + std::string(bare), names);
  for (const FlagOption& option : options()) {
    if (!hint.empty()) break;
    const std::string_view key = option.key.substr(option.key.find('.') + 1);
    const bool settable = !option.key.empty() && find_flag(known, "set") != nullptr;
    if (settable && (key == bare || option.flag == bare))
      hint = fmt::format("; it is set with --set {}=VALUE", option.key);
  }
  throw UsageError(fmt::format("unknown option \"{}\" of 'minnow {}'{}", flag, command.name, hint));
}

cxxopts::Options declare(const Command& command, std::span<const FlagOption* const> known) {
  cxxopts::Options parser("minnow " + std::string(command.name));
  auto add = parser.add_options();
  for (const FlagOption* option : known) {
    auto value = cxxopts::value<std::string>();
    if (option->kind == ValueKind::boolean) value->implicit_value("true");
    const std::string letter = option->letter != 0 ? std::string(1, option->letter) + "," : "";
    add(letter + std::string(option->flag), "", value);
  }
  add("operands", "", cxxopts::value<std::vector<std::string>>());
  parser.parse_positional({"operands"});
  parser.allow_unrecognised_options();
  return parser;
}

struct FlagUse {
  const FlagOption* option;
  std::string text;
};

std::vector<FlagUse> parse_flags(const Command& command, std::span<const std::string> arguments,
                                 std::vector<std::string>& positional) {
  const std::vector<const FlagOption*> known = flags_of(command);
  std::vector<const char*> argv = {"minnow"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::vector<FlagUse> uses;
  try {
    const cxxopts::ParseResult result = declare(command, known).parse(static_cast<int>(argv.size()), argv.data());
    for (const std::string& unknown : result.unmatched()) fail_unknown(command, known, unknown);
    for (const cxxopts::KeyValue& argument : result.arguments()) {
      if (argument.key() == "operands") {
        positional.push_back(argument.value());
      } else {
        uses.push_back({find_flag(known, argument.key()), argument.value()});
      }
    }
  } catch (const cxxopts::exceptions::exception& error) {
    std::string message = error.what();  // cxxopts quotes names typographically
    for (const std::string_view quote : {"\u2018", "\u2019"}) {
      for (std::size_t at; (at = message.find(quote)) != std::string::npos;) message.replace(at, quote.size(), "'");
    }
    throw UsageError(message);
  }
  return uses;
}

void apply_flag(Invocation& invocation, const FlagUse& use) {
  const std::string where = "--" + std::string(use.option->flag);
  Value value;
  try {
    value = parse_value(use.option->kind, use.text);
  } catch (const UsageError&) {
    const std::string expected = expected_text(use.option->kind, use.option->range);
    throw UsageError(fmt::format("{} {}: expected {}", where, use.text, expected));
  }
  set_option(invocation, *use.option, value, where);
  if (!use.option->key.empty()) invocation.given.emplace_back(use.option->key);
}

void check_operands(const Command& command, const Invocation& invocation) {
  const bool many = command.operands.starts_with('[');
  const std::size_t wanted = command.operands.empty() ? 0 : 1;
  if (!many && invocation.positional.size() > wanted) {
    throw UsageError(
        fmt::format("unexpected argument \"{}\" of 'minnow {}'", invocation.positional[wanted], command.name));
  }
  if (!many && invocation.positional.size() < wanted) {
    throw UsageError(fmt::format("'minnow {0}' needs {1}: minnow {0} {1} [options]", command.name, command.operands));
  }
}

}  // namespace

Invocation parse_command_line(const Command& command, std::span<const std::string> arguments) {
  Invocation invocation;
  const std::vector<FlagUse> uses = parse_flags(command, arguments, invocation.positional);
  for (const FlagUse& use : uses) {
    if (use.option->flag == "help") apply_flag(invocation, use);
  }
  if (invocation.help) return invocation;
  check_operands(command, invocation);
  const auto is_setting = [](const FlagUse& use) { return !use.option->key.empty(); };
  for (const FlagUse& use : uses) {
    if (!is_setting(use)) apply_flag(invocation, use);
  }
  for (const std::string& file : invocation.config_files) read_config(invocation, file);
  for (const std::string& text : invocation.overrides) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) throw UsageError(fmt::format("--set {}: expected section.key=value", text));
    set_by_key(invocation, trim(text.substr(0, equals)), trim(text.substr(equals + 1)), "--set");
  }
  for (const FlagUse& use : uses) {
    if (is_setting(use)) apply_flag(invocation, use);
  }
  check_settings(invocation);
  return invocation;
}

}  // namespace minnow::cli
