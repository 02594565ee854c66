// SPDX-License-Identifier: Apache-2.0
#include "src/cli/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/cli/run_folder.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {

const Source* Invocation::source_of(std::string_view key) const {
  const auto found = std::find_if(sources.rbegin(), sources.rend(), [&](const Source& s) { return s.key == key; });
  return found == sources.rend() ? nullptr : &*found;
}

std::string Invocation::place_of(std::string_view key) const {
  const Source* source = source_of(key);
  return source == nullptr ? "" : source->place + ": ";
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

const Option<Invocation>* find_option(std::string_view key) {
  const auto all = options();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& o) { return !key.empty() && o.key == key; });
  return found == all.end() ? nullptr : &*found;
}

void check_text(std::string_view what, std::string_view text) {
  if (printable(text) != text) {
    throw UsageError(fmt::format("{}: expected UTF-8 text without control characters; rename it", what));
  }
}

template <class Target>
void set_option(Target& target, const Option<Target>& option, const Value& value, const std::string& what) {
  try {
    option.assign(target, convert_value(option.kind, option.range, value));
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: {}", what, error.what()));
  }
  const bool saved = option.kind == ValueKind::text && !option.key.empty();
  if (saved) check_text(what, std::get<std::string>(value));
}

template <class Target>
void set_from_text(Target& target, const Option<Target>& option, std::string_view text, const std::string& what) {
  Value value;
  try {
    value = parse_value(option.kind, text);
  } catch (const UsageError&) {
    throw UsageError(fmt::format("{}: expected {}", what, expected_text(option.kind, option.range)));
  }
  set_option(target, option, value, what);
}

template void set_option(Invocation&, const Option<Invocation>&, const Value&, const std::string&);
template void set_option(Layer&, const Option<Layer>&, const Value&, const std::string&);
template void set_from_text(Invocation&, const Option<Invocation>&, std::string_view, const std::string&);

namespace {

void check_network(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  for (const std::string_view key : {"model.hidden", "model.activation", "model.dropout"}) {
    if (settings.layers.empty() || invocation.source_of(key) == nullptr) continue;
    throw UsageError(fmt::format("{}{} and [[model.layer]] ({}) both describe the network; keep one of them",
                                 invocation.place_of(key), key, invocation.source_of("model.layer")->place));
  }
  if (settings.activation.kind == ActivationKind::softmax) {
    throw UsageError(
        invocation.place_of("model.activation") +
        "model.activation = softmax: expected an activation for hidden layers; a classifier's outputs need "
        "none, the loss cross_entropy applies softmax itself");
  }
}

/// What no source has set gets the default of the chosen update rule, or loss.
void adopt_defaults(Invocation& invocation) {
  Invocation defaults;
  defaults.settings.training.optimizer = make_optimizer(invocation.settings.training.optimizer.kind);
  defaults.settings.training.loss = make_loss(invocation.settings.training.loss.kind);
  for (const auto& option : options()) {
    const bool chosen = option.key.starts_with("optimizer.") || option.key.starts_with("loss.");
    if (!chosen || invocation.source_of(option.key) != nullptr || !option.means_something(invocation)) continue;
    option.assign(invocation, option.read(defaults));
  }
}

/// A value that means nothing beside the choice of its own source, or of an earlier one, is a mistake; beside a later
/// choice, as `-c adam.toml --optimizer sgd`, it is void.
void check_meaning(Invocation& invocation) {
  for (const auto& option : options()) {
    const Source* source = invocation.source_of(option.key);
    if (source == nullptr || option.means_something(invocation)) continue;
    const Source* choice = invocation.source_of(option.decider);
    if (choice == nullptr || choice->rank <= source->rank) {
      throw UsageError(fmt::format("{}: {} = {} means nothing beside {} = {}; leave one of them out", source->place,
                                   option.key, plain_text(option.read(invocation)), option.decider,
                                   plain_text(find_option(option.decider)->read(invocation))));
    }
    set_option(invocation, option, option.read(Invocation{}), source->place);
  }
}

void check_output(const Invocation& invocation) {
  const Settings& settings = invocation.settings;
  const std::string& name = settings.run_name;
  if (name.find('/') != std::string::npos || name == "." || name == ".." || trim(name) != name) {
    throw UsageError(
        fmt::format("{}output.name = \"{}\": expected a name without '/' and without blanks around it; output.dir "
                    "(--out) is the folder",
                    invocation.place_of("output.name"), name));
  }
  constexpr std::size_t longest_name = 240;  // of 255 bytes, with room for "-2" behind it
  if (name.size() > longest_name) {
    throw UsageError(fmt::format("{}output.name = \"{}\": expected a name of at most {} bytes",
                                 invocation.place_of("output.name"), excerpt(name), longest_name));
  }
  if (is_reserved_name(name)) {
    throw UsageError(fmt::format("{}output.name = \"{}\": Minnow uses this name itself; expected another one",
                                 invocation.place_of("output.name"), name));
  }
  if (settings.output_directory.empty()) {
    throw UsageError(invocation.place_of("output.dir") + "output.dir is empty: expected a folder; \".\" is this one");
  }
}

}  // namespace

void check_settings(Invocation& invocation) {
  check_network(invocation);
  adopt_defaults(invocation);
  check_meaning(invocation);
  check_output(invocation);
  const Optimizer& optimizer = invocation.settings.training.optimizer;
  if (optimizer.nesterov && !(optimizer.momentum > 0)) {
    throw UsageError(invocation.place_of("optimizer.nesterov") +
                     "optimizer.nesterov = true needs optimizer.momentum > 0, found 0");
  }
  const float minimum = invocation.settings.training.schedule.minimum;
  if (minimum > optimizer.learning_rate) {
    throw UsageError(fmt::format("{}schedule.minimum = {}: expected at most optimizer.lr = {}",
                                 invocation.place_of("schedule.minimum"), minimum, optimizer.learning_rate));
  }
}

int outputs_for(const Settings& settings, const Dataset& data) {
  if (data.classes() == 0) return data.target_count();
  return data.classes() == 2 && settings.training.loss.kind == LossKind::bce ? 1 : data.classes();
}

Network network_of(const Settings& settings, int inputs, int outputs) {
  if (settings.layers.empty()) {
    return make_mlp(inputs, settings.hidden, outputs, settings.activation, settings.dropout);
  }
  return {inputs, settings.layers};
}

}  // namespace minnow::cli
