// SPDX-License-Identifier: Apache-2.0
/// A model is a safetensors file: each ParameterTensor under its name, w[I, O], the others [O]; in the metadata the
/// user's pairs, and under "minnow" a JSON document: format, seed, network, preprocessing. docs/model-file.md says all.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "minnow/error.hpp"
#include "minnow/excerpt.hpp"
#include "minnow/model.hpp"
#include "src/io/safetensors.hpp"
#include "src/io/strict_json.hpp"
#include "src/model/network.hpp"
#include "src/model/number_text.hpp"

namespace minnow {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view document_key = "minnow";
constexpr int format_version = 1;

/// The double with the same shortest text, so that 0.2f is written as 0.2; it converts back to the same float.
double as_written(float value) {
  const std::string text = engine::number_text(value);
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

ordered_json layer_json(const Layer& layer) {
  ordered_json entry = {{"kind", to_string(layer.kind)}, {"name", layer.name}};
  switch (layer.kind) {
    case LayerKind::dense:
      entry["units"] = layer.units;
      entry["activation"] = to_string(layer.activation);
      entry["weights"] = to_string(layer.weights);
      entry["biases"] = to_string(layer.biases);
      break;
    case LayerKind::activation:
      entry["activation"] = to_string(layer.activation);
      break;
    case LayerKind::dropout:
      entry["rate"] = as_written(layer.rate);
      break;
    case LayerKind::batch_norm:
      entry["momentum"] = as_written(layer.momentum);
      entry["epsilon"] = as_written(layer.epsilon);
      break;
    case LayerKind::layer_norm:
      entry["epsilon"] = as_written(layer.epsilon);
      break;
  }
  return entry;
}

std::string model_document(const Model& model) {
  ordered_json layers = ordered_json::array();
  for (const Layer& layer : model.network().layers) layers.push_back(layer_json(layer));
  const ordered_json document = {
      {"format", format_version},
      {"seed", model.seed()},
      {"inputs", model.inputs()},
      {"layers", std::move(layers)},
      {"preprocessing",
       {{"scale", as_written(model.preprocessing.scale)}, {"shift", as_written(model.preprocessing.shift)}}},
  };
  return document.dump();
}

std::string shown(const json& value) {
  return excerpt(value.dump(-1, ' ', true));
}

/// One JSON object of the document, which has all keys that are needed and no others but those that may be left out.
/// Throws ModelError.
class Section {
 public:
  using Keys = std::initializer_list<std::string_view>;

  Section(const json& object, std::string where, Keys needed, Keys optional = {})
      : object_(object), where_(std::move(where)) {
    if (!object_.is_object()) throw ModelError(where_ + ": is no JSON object");
    for (const std::string_view key : needed) {
      if (!has(key)) throw ModelError(where_ + ": lacks '" + std::string(key) + "'");
    }
    const auto is_in = [](const Keys& keys, std::string_view key) {
      return std::ranges::find(keys, key) != keys.end();
    };
    for (const auto& [key, value] : object_.items()) {
      if (is_in(needed, key) || is_in(optional, key)) continue;
      throw ModelError(where_ + ": has the unknown key '" + excerpt(key) + "'");
    }
  }

  bool has(std::string_view key) const { return object_.contains(key); }
  const json& at(std::string_view key) const { return object_.at(std::string(key)); }
  std::string text(std::string_view key) const {
    if (!at(key).is_string()) refuse(key, "a text");
    return at(key).get<std::string>();
  }
  std::uint64_t natural(std::string_view key) const {
    if (!at(key).is_number_unsigned()) refuse(key, "an integer from 0 to 2^64 - 1");
    return at(key).get<std::uint64_t>();
  }
  int count(std::string_view key) const {
    const std::uint64_t value = at(key).is_number_unsigned() ? natural(key) : 0;
    if (value == 0 || value > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
      refuse(key, "an integer from 1 to 2147483647");
    }
    return static_cast<int>(value);
  }
  float real(std::string_view key) const {
    if (!at(key).is_number()) refuse(key, "a number");
    const double value = at(key).get<double>();
    if (!(std::abs(value) <= std::numeric_limits<float>::max())) refuse(key, "a finite 32-bit float");
    return static_cast<float>(value);
  }

 private:
  [[noreturn]] void refuse(std::string_view key, std::string_view expected) const {
    throw ModelError(where_ + ": '" + std::string(key) + "' is " + shown(at(key)) + ", expected " +
                     std::string(expected));
  }

  const json& object_;
  std::string where_;
};

Layer parse_layer(const json& entry, const std::string& where) {
  if (!entry.is_object() || !entry.contains("kind") || !entry["kind"].is_string()) {
    throw ModelError(where + ": has no 'kind'");
  }
  Layer layer;
  layer.kind = parse_layer_kind(entry["kind"].get<std::string>());
  switch (layer.kind) {
    case LayerKind::dense: {
      const Section dense(entry, where, {"kind", "name", "units", "activation"}, {"weights", "biases"});
      layer.units = dense.count("units");
      layer.activation = parse_activation(dense.text("activation"));
      if (dense.has("weights")) layer.weights = parse_initializer(dense.text("weights"));
      if (dense.has("biases")) layer.biases = parse_initializer(dense.text("biases"));
      break;
    }
    case LayerKind::activation:
      layer.activation = parse_activation(Section(entry, where, {"kind", "name", "activation"}).text("activation"));
      break;
    case LayerKind::dropout:
      layer.rate = Section(entry, where, {"kind", "name", "rate"}).real("rate");
      break;
    case LayerKind::batch_norm: {
      const Section norm(entry, where, {"kind", "name", "momentum", "epsilon"});
      layer.momentum = norm.real("momentum");
      layer.epsilon = norm.real("epsilon");
      break;
    }
    case LayerKind::layer_norm:
      layer.epsilon = Section(entry, where, {"kind", "name", "epsilon"}).real("epsilon");
      break;
  }
  if (!entry["name"].is_string() || entry["name"].get<std::string>().empty()) {
    throw ModelError(where + ": 'name' is " + shown(entry["name"]) + ", expected a text");
  }
  layer.name = entry["name"].get<std::string>();
  return layer;
}

/// What the document says, before any tensor is read.
struct Description {
  Network network;
  std::uint64_t seed = 0;
  Preprocessing preprocessing;
};

Description parse_document(const std::string& text, const std::string& where) {
  const json document = engine::parse_strict_json(text, where, 4);
  if (document.is_object() && document.contains("format") && document["format"] != format_version) {
    throw ModelError(where + ": format " + shown(document["format"]) + ", this version of Minnow reads " +
                     std::to_string(format_version) + "; use the version that wrote the file, or a newer one");
  }
  const Section top(document, where, {"format", "inputs", "layers"}, {"seed", "preprocessing"});
  Description description;
  if (top.has("seed")) description.seed = top.natural("seed");
  description.network.inputs = top.count("inputs");
  if (!top.at("layers").is_array()) throw ModelError(where + ": 'layers' is no JSON array");
  for (const json& entry : top.at("layers")) {
    const std::string number = std::to_string(description.network.layers.size() + 1);
    description.network.layers.push_back(parse_layer(entry, where + ": layer " + number));
  }
  if (!top.has("preprocessing")) return description;
  const Section preprocessing(top.at("preprocessing"), where + ": preprocessing", {"scale", "shift"});
  description.preprocessing = {preprocessing.real("scale"), preprocessing.real("shift")};
  return description;
}

std::vector<std::uint64_t> stored_shape(const ParameterTensor& tensor) {
  const auto cols = static_cast<std::uint64_t>(tensor.cols);
  if (tensor.role != ParameterTensor::Role::weight) return {cols};
  return {static_cast<std::uint64_t>(tensor.rows), cols};
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  return shown(json(shape));
}

/// "NaN at [3, 2]" for the first value that no trained parameter can have; empty: there is none.
std::string fault_in(std::span<const float> values, const ParameterTensor& tensor) {
  const bool variance = tensor.role == ParameterTensor::Role::running_variance;
  const auto bad = std::ranges::find_if(values, [&](float v) { return !std::isfinite(v) || (variance && v < 0); });
  if (bad == values.end()) return {};
  const auto index = bad - values.begin();
  return (std::isnan(*bad) ? "NaN" : engine::number_text(*bad)) + " at [" + std::to_string(index / tensor.cols) + ", " +
         std::to_string(index % tensor.cols) + "]";
}

/// The file's tensor for each expected one, in their order: the same names and shapes, and no other tensor.
std::vector<const engine::StoredTensor*> match_tensors(const std::vector<ParameterTensor>& expected,
                                                       const std::vector<engine::StoredTensor>& stored,
                                                       const std::string& file_name) {
  std::map<std::string_view, const engine::StoredTensor*> by_name;
  for (const engine::StoredTensor& tensor : stored) by_name.emplace(tensor.name, &tensor);
  std::vector<const engine::StoredTensor*> matched;
  for (const ParameterTensor& tensor : expected) {
    const auto found = by_name.find(tensor.name);
    if (found == by_name.end()) throw ModelError(file_name + ": lacks the tensor '" + tensor.name + "'");
    if (found->second->shape != stored_shape(tensor)) {
      throw ModelError(file_name + ": tensor '" + tensor.name + "' has shape " + shape_text(found->second->shape) +
                       ", but the network needs " + shape_text(stored_shape(tensor)));
    }
    matched.push_back(found->second);
    by_name.erase(found);
  }
  if (!by_name.empty()) {
    throw ModelError(file_name + ": tensor '" + excerpt(by_name.begin()->first) +
                     "' belongs to no layer of the network");
  }
  return matched;
}

Model load_model(const engine::SafetensorsFile& file, const std::string& file_name) {
  const engine::TextPairs& pairs = file.header().metadata;
  const auto document =
      std::find_if(pairs.begin(), pairs.end(), [](const auto& pair) { return pair.first == document_key; });
  if (document == pairs.end()) {
    throw ModelError(file_name + ": a safetensors file, but not one that Minnow has written: no metadata '" +
                     std::string(document_key) + "'");
  }
  Description description = parse_document(document->second, file_name + ": metadata 'minnow'");
  // Tensors are compared while the network is still a description: a large network in a small file allocates nothing.
  description.network = engine::validated(std::move(description.network));
  const auto stored = match_tensors(engine::parameter_tensors(description.network), file.header().tensors, file_name);
  Model model(std::move(description.network), description.seed);
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const ParameterTensor& tensor = model.tensors()[i];
    const std::span<float> values = model.parameters().subspan(tensor.offset, tensor.size());
    file.read(*stored[i], values);
    if (const std::string fault = fault_in(values, tensor); !fault.empty()) {
      throw ModelError(file_name + ": tensor '" + tensor.name + "' holds " + fault +
                       ", so nothing can be computed with it; take another model, or an earlier checkpoint");
    }
  }
  model.preprocessing = description.preprocessing;
  for (const auto& pair : pairs) {
    if (pair.first != document_key) model.metadata.push_back(pair);
  }
  return model;
}

}  // namespace

void Model::save(const std::filesystem::path& path) const {
  if (tensors_.empty()) throw UsageError(path.string() + ": the model has no layers, so there is nothing to save");
  if (!std::isfinite(preprocessing.scale) || !std::isfinite(preprocessing.shift)) {
    throw UsageError(path.string() + ": the preprocessing has scale " + engine::number_text(preprocessing.scale) +
                     " and shift " + engine::number_text(preprocessing.shift) + ", expected finite numbers");
  }
  engine::TextPairs pairs = {{std::string(document_key), model_document(*this)}};
  pairs.insert(pairs.end(), metadata.begin(), metadata.end());
  std::vector<engine::TensorToStore> stored;
  for (const ParameterTensor& tensor : tensors_) {
    const std::span<const float> values = parameters().subspan(tensor.offset, tensor.size());
    if (const std::string fault = fault_in(values, tensor); !fault.empty()) {
      throw DivergedError(path.string() + ": not saved: the parameters '" + tensor.name + "' hold " + fault +
                          "; lower the learning rate");
    }
    stored.push_back({tensor.name, stored_shape(tensor), values});
  }
  engine::write_safetensors(path, pairs, stored);
}

Model Model::load(const std::filesystem::path& path) {
  const engine::SafetensorsFile file(path);
  try {
    return load_model(file, path.string());
  } catch (const UsageError& error) {  // a name or a value that a configuration must not have either
    throw ModelError(path.string() + ": " + error.what());
  } catch (const MemoryError& error) {
    throw ModelError(path.string() + ": " + error.what());
  }
}

}  // namespace minnow
