// SPDX-License-Identifier: Apache-2.0
/// A network with its parameters, in host memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "minnow/config.hpp"
#include "minnow/dataset.hpp"
#include "minnow/emptied_by_move.hpp"
#include "minnow/metrics.hpp"

namespace minnow {

/// One parameter tensor: [rows, cols] at `offset` in the flat parameters. Weights are w[I, O], all others [1, O].
struct ParameterTensor {
  /// gamma and beta scale and shift what a normalization gives; the running statistics of batch normalization belong to
  /// the model but are not trained.
  enum class Role : std::uint8_t { weight, bias, gamma, beta, running_mean, running_variance };
  std::string name;  ///< "dense1.weight", "dense1.bias", "batch_norm1.running_mean"
  int rows = 0;
  int cols = 0;
  std::size_t offset = 0;
  Role role = Role::weight;
  bool trained() const { return role < Role::running_mean; }
  std::size_t size() const { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols); }
};

/// How stored features become inputs; kept with the model so that prediction repeats it.
struct Preprocessing {
  float scale = 1;  ///< x = fma(u8, scale, shift); 1 and 0 for float data
  float shift = 0;
  bool operator==(const Preprocessing&) const = default;
};

/// Move-only; a model that was moved from is empty, as Model() is: no layers, no parameters. The seed starts the
/// parameters and, in training, orders the epochs and drops units: a model trained in a shoal ends with the same bits
/// as the same model trained alone.
class Model {
 public:
  Model() = default;
  /// Validates the network (UsageError names the layer), names unnamed layers and draws the initial parameters.
  Model(Network network, std::uint64_t seed);
  Model(Model&&) noexcept = default;
  Model& operator=(Model&&) noexcept = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const Network& network() const { return network_; }
  std::uint64_t seed() const { return seed_; }
  int inputs() const { return network().inputs; }  ///< I of the first layer
  int outputs() const { return outputs_; }         ///< O of the last layer
  /// Running statistics included.
  std::size_t parameter_count() const { return parameters_.size(); }
  std::span<float> parameters() { return parameters_; }
  std::span<const float> parameters() const { return parameters_; }
  const std::vector<ParameterTensor>& tensors() const { return tensors_; }
  /// FNV-1a 64 of the parameters' bytes: equal hashes, equal weights.
  std::uint64_t weights_hash() const;
  /// Copies the parameters of a model of the same tensors: equal in number, roles and shapes, in their order, whatever
  /// they are called. A training then starts from them; the seed stays this model's own. Throws ModelError naming the
  /// first tensor that does not fit.
  void take_parameters(const Model& other);
  /// A table for people: name, output shape, parameters, activation.
  std::string summary() const;

  Preprocessing preprocessing;
  std::vector<std::pair<std::string, std::string>> metadata;  ///< free key-value pairs kept in the file

  /// One safetensors file (docs/model-file.md), written beside the target, synced and renamed: the old file stays whole
  /// if anything fails. Throws DataError where it cannot be written, DivergedError for a parameter that is NaN or
  /// infinite, UsageError for a model without layers and for metadata that a file cannot hold.
  void save(const std::filesystem::path& path) const;
  /// Trusts nothing in the file. Throws DataError where it cannot be read, ModelError where it is corrupt or holds a
  /// parameter that is NaN or infinite.
  static Model load(const std::filesystem::path& path);

 private:
  EmptiedByMove<Network> network_;
  EmptiedByMove<std::uint64_t> seed_;
  EmptiedByMove<int> outputs_;
  std::vector<ParameterTensor> tensors_;
  std::vector<float> parameters_;
};

/// Refuses what `evaluate` would refuse before it computes anything (UsageError).
void check_evaluate(const Model& model, const Dataset& data, const Loss& loss);
/// All figures of the model on every row, from its outputs. Throws UsageError where model, data and loss do not fit,
/// ModelError where the loss is NaN: what puts out NaN is not evaluated.
Metrics evaluate(const Model& model, const Dataset& data, const Loss& loss, const Runtime& runtime = {});
/// Outputs [N, O]; probabilities with the head of the loss that the model was trained with. The last layer may have the
/// head as its activation, or be linear: it is applied once. Throws ModelError, with the row, where an output is NaN.
std::vector<float> predict(const Model& model, const Dataset& data, Head head, const Runtime& runtime = {});

}  // namespace minnow
