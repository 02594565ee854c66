// SPDX-License-Identifier: Apache-2.0
#include "src/cli/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "src/cli/aliases.hpp"
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

/// By "epochs"; null for an unknown or empty name.
const FlagOption* find_flag(std::span<const FlagOption* const> known, std::string_view name) {
  for (const FlagOption* option : known) {
    if (option->flag == name) return option;
  }
  return nullptr;
}

/// "sgd, rmsprop, ...", "an integer from 1 to 9", "FILE"
std::string expected_value(const FlagOption& option) {
  if (option.choices != nullptr) return option.choices();
  const bool text = option.kind == ValueKind::text || option.kind == ValueKind::texts;
  return text ? std::string(option.argument) : expected_text(option.kind, option.range);
}

std::string help_hint(const Command& command) {
  return fmt::format("; 'minnow {} --help' lists the options", command.name);
}

[[noreturn]] void fail_unknown(const Command& command, std::span<const FlagOption* const> known, std::string flag) {
  flag = flag.substr(0, flag.find('='));
  const std::string_view bare = std::string_view(flag).substr(std::min(flag.find_first_not_of('-'), flag.size()));
  const std::string hint = suggest_flag(known, bare);
  throw UsageError(fmt::format("unknown option \"{}\" of 'minnow {}'{}", excerpt(flag), command.name,
                               hint.empty() ? help_hint(command) : hint));
}

/// `flag`: "--lr", "-c"
[[noreturn]] void fail_missing(std::span<const FlagOption* const> known, std::string_view flag) {
  const std::string_view bare = flag.substr(flag.find_first_not_of('-'));
  const auto option = std::ranges::find_if(
      known, [&](const FlagOption* o) { return o->flag == bare || std::string_view(&o->letter, 1) == bare; });
  throw UsageError(fmt::format("{}: the value is missing; expected {}", flag,
                               option == known.end() ? "one" : expected_value(**option)));
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

/// The arguments with every flag in its own spelling: --batch-size 32 becomes --batch 32.
std::vector<std::string> in_own_words(std::span<const FlagOption* const> known,
                                      std::span<const std::string> arguments) {
  std::vector<std::string> spelled;
  bool ended = false;
  for (const std::string& argument : arguments) {
    ended = ended || argument == "--";
    spelled.push_back(argument);
    if (ended || !argument.starts_with("--")) continue;
    const std::size_t end = std::min(argument.find('='), argument.size());
    const FlagOption* option = understood_flag(known, std::string_view(argument).substr(2, end - 2));
    if (option != nullptr) spelled.back() = fmt::format("--{}{}", option->flag, argument.substr(end));
  }
  return spelled;
}

struct FlagUse {
  const FlagOption* option;
  std::string text;
};

std::vector<FlagUse> parse_flags(const Command& command, std::span<const std::string> typed,
                                 std::vector<std::string>& positional) {
  const std::vector<const FlagOption*> known = flags_of(command);
  const std::vector<std::string> arguments = in_own_words(known, typed);
  std::vector<const char*> argv = {"minnow"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::vector<FlagUse> uses;
  try {
    const cxxopts::ParseResult result = declare(command, known).parse(static_cast<int>(argv.size()), argv.data());
    for (const std::string& unknown : result.unmatched()) fail_unknown(command, known, unknown);
    for (const cxxopts::KeyValue& argument : result.arguments()) {
      if (argument.key() == "operands") {
        // cxxopts takes "--x" for an operand, as its long names have two letters.
        const bool ended = std::ranges::find(arguments, "--") != arguments.end();
        if (!ended && argument.value().starts_with("--")) fail_unknown(command, known, argument.value());
        positional.push_back(argument.value());
      } else {
        const std::string& text = argument.value();
        const bool flag = text.starts_with("--") && find_flag(known, std::string_view(text).substr(2)) != nullptr;
        if (flag) fail_missing(known, "--" + argument.key());
        uses.push_back({find_flag(known, argument.key()), text});
      }
    }
  } catch (const cxxopts::exceptions::missing_argument&) {
    // cxxopts asks for a value where there is none to take: behind the last argument.
    fail_missing(known, arguments.back());
  } catch (const cxxopts::exceptions::exception&) {
    throw UsageError(
        fmt::format("the options of 'minnow {0}' cannot be understood; expected --NAME VALUE or "
                    "--NAME=VALUE{1}",
                    command.name, help_hint(command)));
  }
  return uses;
}

/// An unset shell variable is as likely as any meaning: nothing is a value only where it stands for something.
void refuse_nothing(const FlagUse& use) {
  const bool text = use.option->kind == ValueKind::text || use.option->kind == ValueKind::texts;
  if (!text || !use.text.empty() || use.option->may_be_empty) return;
  throw UsageError(fmt::format("--{} \"\": expected {}", use.option->flag, use.option->argument));
}

void apply_flag(Invocation& invocation, const FlagUse& use) {
  refuse_nothing(use);
  const std::string flag = "--" + std::string(use.option->flag);
  set_from_text(invocation, *use.option, use.text,
                fmt::format("{} {}", flag, use.text.empty() ? "\"\"" : excerpt(use.text)));
  if (!use.option->key.empty()) invocation.sources.push_back({use.option->key, flag, invocation.rank});
}

/// --set KEY=VALUE, where VALUE may stand in quotes, as in TOML.
void apply_override(Invocation& invocation, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) throw UsageError(fmt::format("--set {}: expected section.key=value", excerpt(text)));
  const std::string key = trim(text.substr(0, equals));
  std::string value = trim(text.substr(equals + 1));
  const bool quoted =
      value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
  if (quoted) value = value.substr(1, value.size() - 2);
  const Option<Invocation>* option = understood_option(key);
  if (option == nullptr && key.starts_with("model.layer")) {
    throw UsageError("--set: layers are set in a file, as [[model.layer]] tables (-c FILE)");
  }
  if (option == nullptr) throw UsageError(fmt::format("--set: unknown key \"{}\"{}", excerpt(key), suggest_key(key)));
  set_from_text(invocation, *option, value, fmt::format("--set {}={}", key, excerpt(value)));
  invocation.sources.push_back({option->key, "--set", invocation.rank});
}

void check_operands(const Command& command, const Invocation& invocation) {
  const bool many = command.operands.ends_with("...]"), optional = command.operands.starts_with('[');
  const std::size_t wanted = command.operands.empty() ? 0 : 1;
  if (!many && invocation.positional.size() > wanted) {
    throw UsageError(fmt::format("unexpected argument \"{}\" of 'minnow {}'{}", excerpt(invocation.positional[wanted]),
                                 command.name, help_hint(command)));
  }
  if (std::ranges::find(invocation.positional, "") != invocation.positional.end()) {
    throw UsageError(fmt::format("'minnow {}' got an empty argument, expected {}", command.name, command.operands));
  }
  if (!optional && invocation.positional.size() < wanted) {
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
  for (const std::string& file : invocation.config_files) {
    ++invocation.rank;
    read_config(invocation, file);
  }
  ++invocation.rank;
  for (const std::string& text : invocation.overrides) apply_override(invocation, text);
  for (const FlagUse& use : uses) {
    if (is_setting(use)) apply_flag(invocation, use);
  }
  check_settings(invocation);
  return invocation;
}

}  // namespace minnow::cli
