// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "minnow/dataset.hpp"

namespace minnow::engine {

/// `count` < rows of the rows 0 to `rows` - 1, ascending: a random choice that the seed decides, in which each group
/// has its share; no groups: all rows are one.
std::vector<std::uint32_t> drawn_rows(std::span<const std::int32_t> groups_of_rows, std::size_t rows, std::size_t count,
                                      std::uint64_t seed);

}  // namespace minnow::engine
