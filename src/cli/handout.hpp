// SPDX-License-Identifier: Apache-2.0
/// What other programs need to train a workload's steps as Minnow does: the same rows in the same order from the same
/// weights, and the losses that they should then see.
#pragma once

#include <filesystem>
#include <string>

#include "minnow/benchmark.hpp"

namespace minnow::cli {

/// Where peers find the folder that write_handout wrote to.
inline constexpr const char* handout_variable = "MINNOW_HANDOUT";

/// "W0", or "W0x132" for 132 models side by side: what a peer is asked for.
std::string entry_name(const Workload& workload, int models);

/// Writes `folder`/ENTRY.json and the arrays that it names, in this machine's byte order; arrays of one dataset are
/// shared by the entries. benchmarks/peers/handout.py reads them. The losses are those of the CPU with dropout left
/// out, since no other program draws the same masks. Throws DataError where a file cannot be written.
void write_handout(const std::filesystem::path& folder, const Workload& workload, const Dataset& data, int models);

}  // namespace minnow::cli
