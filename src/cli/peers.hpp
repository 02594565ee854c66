// SPDX-License-Identifier: Apache-2.0
/// Other programs that are timed in turns with Minnow.
#pragma once

#include <string>
#include <vector>

namespace minnow::cli {

struct Peer {
  std::string name;
  std::string command;
};

/// From NAME=COMMAND. Throws UsageError.
Peer parse_peer(const std::string& text);

/// Runs `COMMAND WORKLOAD` in a shell and returns the us_per_step of the last JSON line that it prints; 0 where it
/// prints {"us_per_step": null}, for a workload that it does not have. Throws DataError where it fails.
double run_peer(const Peer& peer, const std::string& workload);

}  // namespace minnow::cli
