// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "minnow/error.hpp"

namespace minnow::engine {

/// What a public object holds. Throws UsageError "`owner` was moved from ..." where that is nothing any more.
template <class State>
State& held(const std::unique_ptr<State>& state, const char* owner) {
  if (state) return *state;
  throw UsageError(std::string(owner) + " was moved from, so it holds nothing: use the object that it was moved to");
}

}  // namespace minnow::engine
