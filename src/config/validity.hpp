// SPDX-License-Identifier: Apache-2.0
/// The ranges of the numbers that belong to an activation or an initializer, for text and for networks built in C++.
#pragma once

#include <string>

#include "minnow/config.hpp"

namespace minnow::engine {

/// "alpha is -1, expected a finite number of 0 or more"; empty if the value is valid.
std::string fault_in(const Activation& activation);
std::string fault_in(const Initializer& initializer);

}  // namespace minnow::engine
