// SPDX-License-Identifier: Apache-2.0
#include "src/cli/peer_rounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace minnow::cli {

PeerRounds::PeerRounds(std::span<const Peer> peers, std::string workload)
    : peers_(peers), workload_(std::move(workload)), failed_(peers.size()) {}

void PeerRounds::run() {
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    if (failed_[i]) continue;
    try {
      for (const PeerTurn& turn : run_peer(peers_[i], workload_)) record(peers_[i], turn);
    } catch (const Error& error) {
      failed_[i] = true;
      timing(peers_[i].name).failure = error.what();
    }
  }
}

void PeerRounds::record(const Peer& peer, const PeerTurn& turn) {
  PeerTiming& timing = this->timing(turn.variant.empty() ? peer.name : peer.name + " " + turn.variant);
  if (!turn.failure.empty()) {
    timing.failure = fmt::format("peer \"{}\" ({}): {}", timing.name, peer.command, turn.failure);
    return;
  }
  timing.microseconds.push_back(turn.microseconds);
  if (turn.loss_error) timing.loss_error = std::max(timing.loss_error.value_or(0), *turn.loss_error);
}

PeerTiming& PeerRounds::timing(const std::string& name) {
  const auto found = std::ranges::find(timings_, name, &PeerTiming::name);
  if (found != timings_.end()) return *found;
  timings_.emplace_back().name = name;
  return timings_.back();
}

std::vector<PeerTiming> PeerRounds::timings() const {
  std::vector<PeerTiming> result = timings_;
  for (PeerTiming& timing : result) {
    if (!timing.failure.empty()) continue;
    timing.median = median_of(timing.microseconds);
    timing.spread = spread_of(timing.microseconds);
  }
  return result;
}

}  // namespace minnow::cli
