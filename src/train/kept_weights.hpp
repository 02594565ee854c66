// SPDX-License-Identifier: Apache-2.0
/// Copies of the parameters, on the device: of the last good epoch and of the best one, per model.
#pragma once

#include <span>
#include <vector>

#include "kernels/backend.hpp"
#include "src/model/parameter_arena.hpp"

namespace minnow::engine {

class KeptWeights {
 public:
  /// The initial parameters count as good. `best`: whether there will be a best epoch.
  KeptWeights(kernels::Backend& backend, const ParameterArena& arena, bool best);
  /// Bytes of device memory that the constructor allocates.
  static std::size_t bytes(const std::vector<ParameterTensor>& tensors, int models, int slots, bool best,
                           std::size_t real_size);

  /// Keeps the present parameters and optimizer state of model m as its last good ones; of all models likewise.
  void keep_good(int m);
  void keep_all_good();
  /// The last good parameters are the best so far.
  void keep_best(int m);
  /// Puts the last good parameters and optimizer states of all models back.
  void restore_good();

  void download_good(int m, std::span<float> parameters) const { arena_.download_from(good_, m, parameters); }
  void download_best(int m, std::span<float> parameters) const { arena_.download_from(best_, m, parameters); }

 private:
  kernels::Backend& backend_;
  const ParameterArena& arena_;
  kernels::Memory memory_;
  kernels::View good_, state_, best_;  ///< [M, 1, P], [M, S, P], [M, 1, P]
};

}  // namespace minnow::engine
