// SPDX-License-Identifier: Apache-2.0
#include "src/cli/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "src/cli/text.hpp"

namespace minnow::cli {

bool Invocation::was_given(std::string_view key) const {
  return std::find(given.begin(), given.end(), key) != given.end();
}

std::vector<std::string> sections() {
  std::vector<std::string> names;
  for (const auto& option : options()) {
    if (option.key.empty()) continue;
    std::string section(option.key.substr(0, option.key.find('.')));
    if (names.empty() || names.back() != section) names.push_back(std::move(section));
  }
  return names;
}

std::vector<std::string> keys() {
  std::vector<std::string> names;
  for (const auto& option : options()) {
    if (!option.key.empty()) names.emplace_back(option.key);
  }
  return names;
}

std::vector<std::string> layer_keys() {
  std::vector<std::string> names;
  for (const auto& option : layer_options()) names.emplace_back(option.key);
  return names;
}

template <class Target>
void set_option(Target& target, const Option<Target>& option, const Value& value, const std::string& where) {
  const std::string_view name = option.key.empty() ? option.flag : option.key;
  try {
    option.assign(target, convert_value(option.kind, option.range, value));
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: {} = {}: {}", where, name, plain_text(value), error.what()));
  }
}

template void set_option(Invocation&, const Option<Invocation>&, const Value&, const std::string&);
template void set_option(Layer&, const Option<Layer>&, const Value&, const std::string&);

void set_by_key(Invocation& invocation, std::string_view key, std::string_view text, const std::string& where) {
  for (const auto& option : options()) {
    if (option.key.empty() || option.key != key) continue;
    Value value;
    try {
      value = parse_value(option.kind, text);
    } catch (const UsageError&) {
      throw UsageError(
          fmt::format("{}: {} = {}: expected {}", where, key, text, expected_text(option.kind, option.range)));
    }
    set_option(invocation, option, value, where);
    invocation.given.emplace_back(key);
    return;
  }
  if (key.starts_with("model.layer")) {
    throw UsageError(fmt::format("{}: layers are set in a file, as [[model.layer]] tables (-c FILE)", where));
  }
  throw UsageError(fmt::format("{}: unknown key \"{}\"{}", where, key, suggestion(key, keys())));
}

void check_settings(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  if (!settings.layers.empty()) {
    for (const std::string_view key : {"model.hidden", "model.activation", "model.dropout"}) {
      if (!invocation.was_given(key)) continue;
      throw UsageError(fmt::format("{} and [[model.layer]] both describe the network; keep one of them", key));
    }
  }
  const Optimizer& optimizer = settings.training.optimizer;
  if (optimizer.nesterov && !(optimizer.momentum > 0)) {
    throw UsageError("optimizer.nesterov = true needs optimizer.momentum > 0, found 0");
  }
  if (settings.run_name.find('/') != std::string::npos || settings.run_name == "." || settings.run_name == "..") {
    throw UsageError(fmt::format("output.name = {}: expected a name without '/'; output.dir (--out) is the folder",
                                 settings.run_name));
  }
}

Network network_of(const Settings& settings, int inputs, int outputs) {
  if (settings.layers.empty()) {
    return make_mlp(inputs, settings.hidden, outputs, settings.activation, settings.dropout);
  }
  return {inputs, settings.layers};
}

}  // namespace minnow::cli
