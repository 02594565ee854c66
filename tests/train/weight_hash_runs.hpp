// SPDX-License-Identifier: Apache-2.0
/// Three trainings whose final weights must have one hash on every CPU and, in strict numerics, on every GPU.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "minnow/trainer.hpp"
#include "tests/train/training_data.hpp"

namespace minnow::test {

struct HashRun {
  std::string name;
  Network network;
  Training training;
  std::uint64_t hash_after_20 = 0;  ///< what every build must find
  std::uint64_t hash_after_300 = 0;
};

inline std::vector<HashRun> hash_runs() {
  const auto run = [](std::string name, const std::vector<int>& hidden, ActivationKind activation, float dropout,
                      const Training& training, std::uint64_t hash_after_20, std::uint64_t hash_after_300) {
    return HashRun{std::move(name), make_mlp(784, hidden, 10, make_activation(activation), dropout), training,
                   hash_after_20, hash_after_300};
  };
  // 1,000 rows are 15 full batches of 64 and one of 40: 300 steps are 18 epochs and a part.
  return {run("W0", {128, 64}, ActivationKind::relu, 0, small_training(19, 64, OptimizerKind::sgd, 0.01f),
              0xf30c394c7fee406a, 0x577a84de18bda3ac),
          run("W1", {100, 200}, ActivationKind::relu, 0, small_training(10, 32, OptimizerKind::sgd, 0.1f),
              0x0ffef19aeff72202, 0x6406e260fc9fb2f7),
          run("gelu_dropout_adam", {100, 50}, ActivationKind::gelu, 0.2f,
              small_training(19, 64, OptimizerKind::adam, 1e-3f), 0xbf0f8050d0f4a27f, 0x517b45ce87cee4a2)};
}

inline Dataset hash_data() {
  return byte_blobs(1000, 784, 10, 5);
}

}  // namespace minnow::test
