// SPDX-License-Identifier: Apache-2.0
#include "src/cli/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

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

std::string key_for(std::string_view word) {
  // PyTorch, Keras, scikit-learn.
  constexpr std::pair<std::string_view, std::string_view> foreign[] = {
      {"learning_rate", "optimizer.lr"},
      {"learning_rate_init", "optimizer.lr"},
      {"wd", "optimizer.weight_decay"},
      {"solver", "optimizer.type"},
      {"batch_size", "train.batch"},
      {"num_epochs", "train.epochs"},
      {"clipnorm", "optimizer.clip_norm"},
      {"max_norm", "optimizer.clip_norm"},
      {"clipvalue", "optimizer.clip_value"},
      {"initial_accumulator_value", "optimizer.initial_accumulator"},
      {"epsilon", "optimizer.eps"},
      {"step_size", "schedule.period"},
      {"t_0", "schedule.period"},
      {"t_mult", "schedule.period_multiplier"},
      {"t_max", "schedule.length"},
      {"total_iters", "schedule.length"},
      {"eta_min", "schedule.minimum"},
      {"min_lr", "schedule.minimum"},
      {"anneal_strategy", "schedule.annealing"},
      {"max_iter", "train.epochs"},
      {"random_state", "train.seed"},
      {"hidden_layer_sizes", "model.hidden"},
  };
  const std::string_view last = word.substr(word.rfind('.') + 1);
  for (const auto& [name, key] : foreign) {
    if (same_word(last, name)) return std::string(key);
  }
  for (const std::string& key : keys()) {
    if (same_word(word, key) || same_word(last, key.substr(key.find('.') + 1))) return key;
  }
  return {};
}

std::string suggest_key(std::string_view unknown) {
  if (const std::string key = key_for(unknown); !key.empty()) return fmt::format("; did you mean \"{}\"?", key);
  std::vector<std::string> known = keys();
  known.emplace_back("model.layer");
  return suggestion(unknown, known);
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

/// What no source has set gets the default of the chosen update rule.
void adopt_rule_defaults(Invocation& invocation) {
  Invocation defaults;
  defaults.settings.training.optimizer = make_optimizer(invocation.settings.training.optimizer.kind);
  for (const auto& option : options()) {
    if (!option.key.starts_with("optimizer.") || invocation.source_of(option.key) != nullptr) continue;
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
  if (settings.output_directory.empty()) {
    throw UsageError(invocation.place_of("output.dir") + "output.dir is empty: expected a folder; \".\" is this one");
  }
}

}  // namespace

void check_settings(Invocation& invocation) {
  check_network(invocation);
  adopt_rule_defaults(invocation);
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

Network network_of(const Settings& settings, int inputs, int outputs) {
  if (settings.layers.empty()) {
    return make_mlp(inputs, settings.hidden, outputs, settings.activation, settings.dropout);
  }
  return {inputs, settings.layers};
}

}  // namespace minnow::cli
