// SPDX-License-Identifier: Apache-2.0
#include "src/cli/config_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "src/cli/aliases.hpp"
#include "src/cli/text.hpp"

// Parsing only, compiled into this file: no shared library to find, to ship or to load, whatever the package says.
#undef TOML_HEADER_ONLY
#undef TOML_SHARED_LIB
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace minnow::cli {
namespace {

std::string position(const std::string& file, const toml::source_region& region) {
  return fmt::format("{}:{}:{}", file, region.begin.line, region.begin.column);
}

std::string kind_of(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (node.is_array()) return "a list with other things than numbers";
  return "a date or time";
}

/// Empty for what no option takes: tables, dates, lists of anything but numbers.
std::optional<Value> value_of(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return Value(flag->get());
  if (const auto* integer = node.as_integer()) return Value(integer->get());
  if (const auto* real = node.as_floating_point()) return Value(real->get());
  if (const auto* text = node.as_string()) return Value(text->get());
  const toml::array* array = node.as_array();
  if (array == nullptr) return std::nullopt;
  Integers integers;
  std::vector<double> reals;
  for (const toml::node& item : *array) {
    if (!item.is_number()) return std::nullopt;
    reals.push_back(*item.value<double>());
    if (item.is_integer()) integers.push_back(item.as_integer()->get());
  }
  return integers.size() == reals.size() ? Value(integers) : Value(reals);
}

class Reader {
 public:
  Reader(Invocation& invocation, std::string file) : invocation_(invocation), file_(std::move(file)) {}

  void read(const toml::table& root) {
    const std::vector<std::string> known = sections();
    for (const auto& [name, node] : root) {
      const std::string section(name.str());
      if (std::find(known.begin(), known.end(), section) == known.end()) {
        if (!node.is_table()) fail(name, fmt::format("unknown key \"{}\"{}", excerpt(section), suggest_key(section)));
        fail(name, fmt::format("unknown section [{}]{}", excerpt(section), suggestion(section, known)));
      }
      if (!node.is_table()) fail(name, fmt::format("\"{0}\" is a section: write [{0}] and its keys below", section));
      for (const auto& [key, value] : *node.as_table()) read_key(section, key, value);
    }
  }

 private:
  [[noreturn]] void fail(const toml::key& key, const std::string& message) const {
    throw UsageError(position(file_, key.source()) + ": " + message);
  }

  /// By two spellings: TOML itself refuses one key twice.
  [[noreturn]] void fail_twice(const toml::key& key, std::string_view name, const std::string& earlier) const {
    fail(key, fmt::format("{} is set twice, here and at {}; keep one of them", name, earlier));
  }

  template <class Target>
  void assign(Target& target, const Option<Target>& option, const toml::key& key, const toml::node& node) const {
    const std::optional<Value> value = value_of(node);
    if (!value) {
      const std::string expected = expected_text(option.kind, option.range);
      fail(key, fmt::format("{}: expected {}, found {}", option.key, expected, kind_of(node)));
    }
    set_option(target, option, *value,
               fmt::format("{}: {} = {}", position(file_, key.source()), option.key, excerpt(plain_text(*value))));
  }

  void read_key(const std::string& section, const toml::key& key, const toml::node& node) {
    const std::string name = fmt::format("{}.{}", section, key.str());
    if (name == "model.layer") return read_layers(key, node);
    const Option<Invocation>* option = understood_option(name);
    if (option == nullptr) fail(key, fmt::format("unknown key \"{}\"{}", excerpt(name), suggest_key(name)));
    const Source* earlier = invocation_.source_of(option->key);
    if (earlier != nullptr && earlier->rank == invocation_.rank) {
      fail_twice(key, option->key, earlier->place);
    }
    assign(invocation_, *option, key, node);
    invocation_.sources.push_back({option->key, position(file_, key.source()), invocation_.rank});
  }

  void read_layers(const toml::key& key, const toml::node& node) {
    const toml::array* array = node.as_array();
    const bool tables = array != nullptr && !array->empty() &&
                        std::all_of(array->begin(), array->end(), [](const auto& item) { return item.is_table(); });
    if (!tables) fail(key, "model.layer: expected [[model.layer]] tables, one per layer");
    invocation_.sources.push_back({"model.layer", position(file_, key.source()), invocation_.rank});
    invocation_.settings.layers.clear();
    for (const toml::node& item : *array) invocation_.settings.layers.push_back(read_layer(*item.as_table()));
  }

  Layer read_layer(const toml::table& table) const {
    Layer layer;
    std::map<const Option<Layer>*, const toml::key*> set;  // in the order of the options, which stand in one array
    for (const auto& [key, node] : table) {
      const Option<Layer>* option = understood_layer_option(key.str());
      if (option == nullptr) {
        fail(key,
             fmt::format("unknown key \"{}\" of [[model.layer]]{}", excerpt(key.str()), suggest_layer_key(key.str())));
      }
      const auto [earlier, added] = set.emplace(option, &key);
      if (!added) fail_twice(key, option->key, position(file_, earlier->second->source()));
      assign(layer, *option, key, node);
    }
    for (const auto& [option, key] : set) {
      if (option->means_something(layer)) continue;
      fail(*key, fmt::format("\"{}\" means nothing for a {} layer", key->str(), to_string(layer.kind)));
    }
    if (layer.kind == LayerKind::dense && layer.units == 0) {
      throw UsageError(position(file_, table.source()) + ": a dense layer needs 'units', an integer >= 1");
    }
    return layer;
  }

  Invocation& invocation_;
  std::string file_;
};

std::string render_layers(const std::vector<Layer>& layers) {
  std::string text;
  for (const Layer& layer : layers) {
    text += "\n[[model.layer]]\n";
    for (const auto& option : layer_options()) {
      if (!option.means_something(layer)) continue;
      text += fmt::format("{} = {}\n", option.key, toml_text(option.read(layer)));
    }
  }
  return text;
}

}  // namespace

void read_config(Invocation& invocation, const std::filesystem::path& path) {
  const toml::parse_result result = toml::parse(read_text_file(path));
  if (!result) {
    const std::string where = position(path.string(), result.error().source());
    throw UsageError(fmt::format("{}: not valid TOML: {}", where, excerpt(result.error().description())));
  }
  Reader(invocation, path.string()).read(result.table());
}

std::string render_config(const Settings& settings) {
  Invocation invocation;
  invocation.settings = settings;
  std::string text, section;
  for (const auto& option : options()) {
    if (option.key.empty()) continue;
    const std::size_t dot = option.key.find('.');
    const std::string_view name = option.key.substr(0, dot);
    if (name != section) {
      if (section == "model") text += render_layers(settings.layers);
      text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", name);
      section = name;
    }
    const bool replaced = section == "model" && option.key != "model.init" && !settings.layers.empty();
    if (replaced || !option.means_something(invocation)) continue;
    text += fmt::format("{} = {}\n", option.key.substr(dot + 1), toml_text(option.read(invocation)));
  }
  return text;
}

}  // namespace minnow::cli
