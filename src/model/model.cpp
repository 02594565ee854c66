// SPDX-License-Identifier: Apache-2.0
#include "minnow/model.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "minnow/error.hpp"
#include "src/io/hash.hpp"
#include "src/model/initialize.hpp"
#include "src/model/network.hpp"
#include "src/model/number_text.hpp"

namespace minnow {

Model::Model(Network network, std::uint64_t seed)
    : network_(engine::validated(std::move(network))),
      seed_(seed),
      outputs_(engine::output_width(network_)),
      tensors_(engine::parameter_tensors(network_)),
      parameters_(engine::initial_parameters(network_, seed)) {}

std::uint64_t Model::weights_hash() const {
  engine::Fingerprint fingerprint;
  fingerprint.add(parameters());
  return fingerprint.value();
}

namespace {

std::string described(const ParameterTensor& tensor) {
  return "'" + tensor.name + "' [" + std::to_string(tensor.rows) + ", " + std::to_string(tensor.cols) + "]";
}

}  // namespace

void Model::take_parameters(const Model& other) {
  if (other.tensors().size() != tensors().size()) {
    throw ModelError("it has " + std::to_string(other.tensors().size()) + " parameter tensors, the network has " +
                     std::to_string(tensors().size()) + "; describe the same layers");
  }
  for (std::size_t t = 0; t < tensors().size(); ++t) {
    const ParameterTensor &mine = tensors()[t], &given = other.tensors()[t];
    if (given.rows == mine.rows && given.cols == mine.cols && given.role == mine.role) continue;
    throw ModelError("its tensor " + described(given) + " stands where the network has " + described(mine) +
                     "; describe the same layers");
  }
  parameters_ = other.parameters_;
}

namespace {

using Row = std::array<std::string, 4>;  // name, output, parameters, activation

std::string padded_table(const std::vector<Row>& rows) {
  std::array<std::size_t, 4> widths = {};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line = row[0] + std::string(widths[0] - row[0].size(), ' ');
    for (std::size_t i = 1; i < 3; ++i) line += "  " + std::string(widths[i] - row[i].size(), ' ') + row[i];
    line += "  " + row[3];
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace

std::string Model::summary() const {
  std::vector<Row> rows = {{"layer", "outputs", "parameters", "activation"}};
  rows.push_back({"input", std::to_string(inputs()), "", ""});
  std::size_t tensor = 0;
  int width = inputs();
  for (const Layer& layer : network().layers) {
    std::size_t count = 0;
    std::string activation = to_string(layer.activation);
    if (layer.kind == LayerKind::dense) width = layer.units;
    for (std::size_t t = 0; t < engine::tensor_roles(layer.kind).size(); ++t) count += tensors_[tensor++].size();
    if (layer.kind == LayerKind::dropout) activation = "rate " + engine::number_text(layer.rate);
    if (layer.kind == LayerKind::batch_norm || layer.kind == LayerKind::layer_norm) activation = "";
    rows.push_back({layer.name, std::to_string(width), std::to_string(count), activation});
  }
  rows.push_back({"total", "", std::to_string(parameter_count()), ""});
  return padded_table(rows);
}

}  // namespace minnow
