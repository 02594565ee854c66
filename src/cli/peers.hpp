// SPDX-License-Identifier: Apache-2.0
/// Other programs that are timed in turns with Minnow.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace minnow::cli {

struct Peer {
  std::string name;
  std::string command;
};

/// From NAME=COMMAND. Throws UsageError.
Peer parse_peer(const std::string& text);

/// One turn of one variant of a peer ("eager", "scan"; empty where it has only one).
struct PeerTurn {
  std::string variant;
  double microseconds = 0;           ///< per step
  std::optional<double> loss_error;  ///< largest difference of its first losses from those handed out, relative
  std::string failure;               ///< why there are no figures, or empty
};

/// Runs `COMMAND WORKLOAD` in a shell. Each JSON line with "us_per_step" or "failed" is a turn of the variant that it
/// names; of equal ones the last counts, and {"us_per_step": null} means that the peer does not have the workload.
/// Throws DataError where the command fails or says nothing of the kind.
std::vector<PeerTurn> run_peer(const Peer& peer, const std::string& workload);

}  // namespace minnow::cli
