// SPDX-License-Identifier: Apache-2.0
/// Which setting a word means: the names of settings in other libraries, and what is near a name.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "src/cli/settings.hpp"

namespace minnow::cli {

/// The name that PyTorch, Keras or scikit-learn has for a setting of the same meaning.
struct Alias {
  std::string_view word;  ///< "batch_size"; --batch-size, train.batch_size
  std::string_view key;   ///< "train.batch"; "model.layer.units" for a key of [[model.layer]]
};
std::span<const Alias> aliases();

/// The setting that "section.word" means: by its own name, or by another spelling or an alias in the same section; else
/// null.
const Option<Invocation>* understood_option(std::string_view key);
/// Likewise for a key of [[model.layer]].
const Option<Layer>* understood_layer_option(std::string_view key);
/// Likewise for a flag ("batch-size", without dashes), among `known` ones.
const Option<Invocation>* understood_flag(std::span<const Option<Invocation>* const> known, std::string_view flag);

/// "; did you mean ...?" for what is not understood, else empty: a key, a key of [[model.layer]], a flag of `known`
/// ones.
std::string suggest_key(std::string_view unknown);
std::string suggest_layer_key(std::string_view unknown);
std::string suggest_flag(std::span<const Option<Invocation>* const> known, std::string_view unknown);

}  // namespace minnow::cli
