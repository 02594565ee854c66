// SPDX-License-Identifier: Apache-2.0
/// The parameters of M models in device memory, with their gradients and the update rule's state.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/backend.hpp"
#include "minnow/model.hpp"

namespace minnow::engine {

/// One flat buffer each of parameters [M, P + R], gradients [M, P] and state [M, S, P], with a view per tensor. The P
/// trained parameters are all weight matrices, then all others; the R running statistics follow them. Tensors start at
/// multiples of 64 bytes, so P counts some padding, which stays 0: its gradient is 0.
class ParameterArena {
 public:
  /// What a use of the parameters needs beside them.
  struct Options {
    bool gradients = true;
    int slots = 0;            ///< S
    bool chunk_sums = false;  ///< for clipping by norm
  };
  ParameterArena(kernels::Backend& backend, const std::vector<ParameterTensor>& tensors, int models,
                 const Options& options);
  /// Bytes that the constructor allocates.
  static std::size_t bytes(const std::vector<ParameterTensor>& tensors, int models, const Options& options,
                           std::size_t real_size);

  int models() const { return models_; }
  kernels::View values() const { return values_; }          ///< [M, 1, P + R]
  kernels::View trained() const { return trained_; }        ///< [M, 1, P]
  kernels::View gradients() const { return gradients_; }    ///< [M, 1, P]
  kernels::View state() const { return state_; }            ///< [M, S, P]
  kernels::View chunk_sums() const { return chunk_sums_; }  ///< [M, 1, ceil(P / 128)], if asked for
  /// The parameters before this one are weights, with their padding; the others biases and the like.
  std::int64_t first_bias() const { return first_bias_; }
  /// One tensor of all models, [M, rows, cols]; only trained ones have a gradient.
  kernels::View value(int tensor) const { return tensor_view(values_, tensor); }
  kernels::View gradient(int tensor) const { return tensor_view(gradients_, tensor); }

  /// Between one model's flat host parameters and the device.
  void upload(int model, std::span<const float> parameters);
  void fill_state(int model, double value);
  void download(int model, std::span<float> parameters) const { download_from(values_, model, parameters); }
  /// Likewise out of another buffer of the same layout.
  void download_from(const kernels::View& flat, int model, std::span<float> parameters) const;

 private:
  kernels::View tensor_view(const kernels::View& flat, int tensor) const;

  kernels::Backend& backend_;
  std::vector<ParameterTensor> tensors_;  ///< with offsets in host memory
  std::vector<std::int64_t> offsets_;     ///< of the tensors in device memory, in scalars
  int models_;
  kernels::Memory memory_;
  std::int64_t first_bias_ = 0;
  kernels::View values_, trained_, gradients_, state_, chunk_sums_;
};

/// Copies view to view, of one shape with contiguous models, on the device.
void copy_models(kernels::Backend& backend, const kernels::View& to, const kernels::ConstView& from);

}  // namespace minnow::engine
