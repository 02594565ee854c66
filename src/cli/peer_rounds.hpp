// SPDX-License-Identifier: Apache-2.0
/// The turns of all peers in one workload, round after round.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "src/cli/bench_report.hpp"
#include "src/cli/peers.hpp"

namespace minnow::cli {

class PeerRounds {
 public:
  /// `peers` must outlive this.
  PeerRounds(std::span<const Peer> peers, std::string workload);

  /// One turn of each that has not failed yet: one peer's failure costs nobody else's figures.
  void run();
  /// Peers that have the workload, with median and spread, or with the reason of their failure.
  std::vector<PeerTiming> timings() const;

 private:
  void record(const Peer& peer, const PeerTurn& turn);
  PeerTiming& timing(const std::string& name);

  std::span<const Peer> peers_;
  std::string workload_;
  std::vector<bool> failed_;
  std::vector<PeerTiming> timings_;
};

}  // namespace minnow::cli
