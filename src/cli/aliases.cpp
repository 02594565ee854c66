// SPDX-License-Identifier: Apache-2.0
#include "src/cli/aliases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

constexpr std::string_view layer_prefix = "model.layer.";

constexpr Alias alias_table[] = {
    {"data_dir", "data.dir"},
    {"validation_split", "data.validation"},
    {"validation_fraction", "data.validation"},
    {"hidden_layer_sizes", "model.hidden"},
    {"hidden_sizes", "model.hidden"},
    {"hidden_units", "model.hidden"},
    {"activation_function", "model.activation"},
    {"dropout_rate", "model.dropout"},
    {"loss_function", "loss.type"},
    {"loss_fn", "loss.type"},
    {"criterion", "loss.type"},
    {"class_weight", "loss.class_weights"},
    {"solver", "optimizer.type"},
    {"learning_rate", "optimizer.lr"},
    {"learning_rate_init", "optimizer.lr"},
    {"initial_learning_rate", "optimizer.lr"},
    {"max_lr", "optimizer.lr"},
    {"nesterovs_momentum", "optimizer.nesterov"},
    {"beta_1", "optimizer.beta1"},
    {"beta_2", "optimizer.beta2"},
    {"epsilon", "optimizer.eps"},
    {"initial_accumulator_value", "optimizer.initial_accumulator"},
    {"wd", "optimizer.weight_decay"},
    {"clipvalue", "optimizer.clip_value"},
    {"clip_grad_value", "optimizer.clip_value"},
    {"global_clipnorm", "optimizer.clip_norm"},
    {"clip_grad_norm", "optimizer.clip_norm"},
    {"max_norm", "optimizer.clip_norm"},
    {"scheduler", "schedule.type"},
    {"lr_scheduler", "schedule.type"},
    {"lr_schedule", "schedule.type"},
    {"warmup_epochs", "schedule.warmup"},
    {"step_size", "schedule.period"},
    {"t_0", "schedule.period"},
    {"t_mult", "schedule.period_multiplier"},
    {"t_max", "schedule.length"},
    {"total_iters", "schedule.length"},
    {"eta_min", "schedule.minimum"},
    {"min_lr", "schedule.minimum"},
    {"end_learning_rate", "schedule.minimum"},
    {"anneal_strategy", "schedule.annealing"},
    {"num_epochs", "train.epochs"},
    {"n_epochs", "train.epochs"},
    {"max_epochs", "train.epochs"},
    {"max_iter", "train.epochs"},
    {"batch_size", "train.batch"},
    {"random_state", "train.seed"},
    {"random_seed", "train.seed"},
    {"n_iter_no_change", "early_stopping.patience"},
    {"restore_best_weights", "early_stopping.restore_best"},
    {"num_threads", "runtime.threads"},
    {"n_jobs", "runtime.threads"},
    {"output_dir", "output.dir"},
    {"run_name", "output.name"},
    {"out_features", "model.layer.units"},
    {"p", "model.layer.rate"},
    {"kernel_initializer", "model.layer.init"},
    {"bias_initializer", "model.layer.bias_init"},
    {"epsilon", "model.layer.eps"},
};

/// What is near a setting, but means something else: Keras' clipnorm holds for each tensor alone, and its L2
/// penalty is twice ours.
constexpr Alias near_misses[] = {
    {"clipnorm", "optimizer.clip_norm"},
    {"l2", "optimizer.weight_decay"},
    {"kernel_regularizer", "optimizer.weight_decay"},
};

std::string_view last_part(std::string_view key) {
  return key.substr(key.rfind('.') + 1);
}

std::string_view section_of(std::string_view key) {
  const std::size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
}

/// Whether a word, without a section, names the key in any spelling.
bool names_key(std::string_view word, std::string_view key) {
  if (same_word(word, last_part(key))) return true;
  return std::ranges::any_of(alias_table,
                             [&](const Alias& alias) { return alias.key == key && same_word(word, alias.word); });
}

/// The key that a word means in whatever section, in another library's spelling or nearly; else empty.
std::string key_for(std::string_view word) {
  const std::string_view last = last_part(word);
  for (const std::span<const Alias> list : {std::span<const Alias>(alias_table), std::span<const Alias>(near_misses)}) {
    for (const auto& [name, key] : list) {
      if (same_word(last, name) && find_option(key) != nullptr) return std::string(key);
    }
  }
  for (const std::string& key : keys()) {
    if (same_word(word, key) || same_word(last, last_part(key))) return key;
  }
  return {};
}

/// What the candidate that is nearest to a word stands for; empty for none.
std::string nearest(std::string_view word, const std::vector<std::pair<std::string, std::string>>& candidates) {
  std::vector<std::string> words;
  for (const auto& [candidate, meaning] : candidates) words.push_back(candidate);
  const std::string found = closest(word, words);
  const auto place = std::ranges::find(words, found);
  return place == words.end() ? std::string() : candidates[static_cast<std::size_t>(place - words.begin())].second;
}

std::string question(std::string_view meant) {
  return meant.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", meant);
}

}  // namespace

std::span<const Alias> aliases() {
  return alias_table;
}

const Option<Invocation>* understood_option(std::string_view key) {
  if (const Option<Invocation>* option = find_option(key)) return option;
  for (const auto& option : options()) {
    const bool named = !option.key.empty() && section_of(option.key) == section_of(key);
    if (named && names_key(last_part(key), option.key)) return &option;
  }
  return nullptr;
}

const Option<Layer>* understood_layer_option(std::string_view key) {
  for (const auto& option : layer_options()) {
    if (names_key(key, std::string(layer_prefix) + std::string(option.key))) return &option;
  }
  return nullptr;
}

const Option<Invocation>* understood_flag(std::span<const Option<Invocation>* const> known, std::string_view flag) {
  const auto alias = std::ranges::find_if(alias_table, [&](const Alias& a) { return same_word(flag, a.word); });
  for (const Option<Invocation>* option : known) {
    if (same_word(flag, option->flag)) return option;
  }
  for (const Option<Invocation>* option : known) {
    if (alias != std::end(alias_table) && option->key == alias->key) return option;
  }
  return nullptr;
}

std::string suggest_key(std::string_view unknown) {
  if (const std::string key = key_for(unknown); !key.empty()) return question(key);
  std::vector<std::pair<std::string, std::string>> known = {{"model.layer", "model.layer"}};
  for (const std::string& key : keys()) known.emplace_back(key, key);
  for (const auto& [word, key] : alias_table) {
    const Option<Invocation>* option = find_option(key);
    if (option != nullptr) known.emplace_back(fmt::format("{}.{}", section_of(key), word), key);
  }
  return question(nearest(unknown, known));
}

std::string suggest_layer_key(std::string_view unknown) {
  std::vector<std::pair<std::string, std::string>> known;
  for (const std::string& key : layer_keys()) known.emplace_back(key, key);
  for (const auto& [word, key] : alias_table) {
    if (key.starts_with(layer_prefix)) known.emplace_back(word, last_part(key));
  }
  return question(nearest(unknown, known));
}

std::string suggest_flag(std::span<const Option<Invocation>* const> known, std::string_view unknown) {
  std::vector<std::pair<std::string, std::string>> names;
  bool takes_settings = false;
  for (const Option<Invocation>* option : known) {
    const std::string flag = fmt::format("--{}", option->flag);
    takes_settings = takes_settings || option->flag == "set";
    names.emplace_back(option->flag, flag);
    for (const auto& [word, key] : alias_table) {
      if (!option->key.empty() && key == option->key) names.emplace_back(word, flag);
    }
  }
  const std::string key = takes_settings ? key_for(unknown) : "";
  if (key.empty()) return question(nearest(unknown, names));
  const std::string_view flag = find_option(key)->flag;
  const bool has_flag = std::ranges::any_of(known, [&](const auto* o) { return !flag.empty() && o->flag == flag; });
  return has_flag ? question(fmt::format("--{}", flag)) : fmt::format("; it is set with --set {}=VALUE", key);
}

}  // namespace minnow::cli
