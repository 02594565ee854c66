// SPDX-License-Identifier: Apache-2.0
#include "src/cli/bench_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

Json timing_json(const StepTiming& timing) {
  return {{"device", timing.device},
          {"us_per_step", timing.median},
          {"us_per_step_min", std::ranges::min(timing.microseconds)},
          {"spread", timing.spread},
          {"rounds", timing.microseconds},
          {"samples_per_s", timing.samples_per_second},
          {"gflop_per_s", timing.gflops},
          {"gemm_share", timing.gemm_share},
          {"weights_hash", hex(timing.weights_hash)}};
}

double median_ratio(const PeerTiming& peer, const StepTiming& timing) {
  return peer.median / timing.median;
}

/// Best round of each.
double best_ratio(const PeerTiming& peer, const StepTiming& timing) {
  return std::ranges::min(peer.microseconds) / std::ranges::min(timing.microseconds);
}

Json peer_json(const PeerTiming& peer, const std::vector<StepTiming>& timings) {
  if (!peer.failure.empty()) return {{"name", peer.name}, {"failed", peer.failure}};
  Json ratios = Json::object();
  Json best_ratios = Json::object();
  for (const StepTiming& timing : timings) {
    ratios[timing.device] = median_ratio(peer, timing);
    best_ratios[timing.device] = best_ratio(peer, timing);
  }
  return {{"name", peer.name},
          {"us_per_step", peer.median},
          {"us_per_step_min", std::ranges::min(peer.microseconds)},
          {"spread", peer.spread},
          {"rounds", peer.microseconds},
          {"loss_error", peer.loss_error ? Json(*peer.loss_error) : Json()},
          {"times_minnow", ratios},
          {"times_minnow_best", best_ratios}};
}

std::string peer_text(const PeerTiming& peer, const std::vector<StepTiming>& timings) {
  if (!peer.failure.empty()) return fmt::format("  {:<12}failed: {}\n", peer.name, printable(peer.failure));
  std::string text = fmt::format("  {:<12}{:>12.2f}{:>12.2f}{:>8.1f} %", peer.name, peer.median,
                                 std::ranges::min(peer.microseconds), 100 * peer.spread);
  for (const StepTiming& timing : timings) {
    text += fmt::format("  {:.2f} times {} (best {:.2f})", median_ratio(peer, timing), timing.device,
                        best_ratio(peer, timing));
  }
  if (peer.loss_error) text += fmt::format("; losses agree within {:.1e}", *peer.loss_error);
  return text + '\n';
}

}  // namespace

double median_of(std::vector<double> samples) {
  std::ranges::sort(samples);
  const std::size_t middle = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
}

double spread_of(const std::vector<double>& samples) {
  return (std::ranges::max(samples) - std::ranges::min(samples)) / median_of(samples);
}

Json to_json(const WorkloadReport& report) {
  Json verified = Json::array(), timings = Json::array(), peers = Json::array();
  for (const Verification& check : report.verified) {
    verified.push_back({{"device", check.device},
                        {"steps", check.steps},
                        {"tensor", check.tensor},
                        {"error", check.error},
                        {"limit", check.limit}});
  }
  for (const StepTiming& timing : report.timings) timings.push_back(timing_json(timing));
  for (const PeerTiming& peer : report.peers) peers.push_back(peer_json(peer, report.timings));
  return {{"name", report.name},  {"description", report.description},
          {"data", report.data},  {"models", report.models},
          {"verified", verified}, {"timings", timings},
          {"peers", peers}};
}

std::string text_of(const WorkloadReport& report) {
  std::string text =
      fmt::format("{}  {}{}; {}\n", report.name, report.description,
                  report.models > 1 ? fmt::format(", {} models side by side", report.models) : "", report.data);
  for (const Verification& check : report.verified) {
    text += fmt::format("  {:<12}agrees with the double reference after {} steps: off by {:.2g}, limit {:.2g}\n",
                        check.device, check.steps, check.error, check.limit);
  }
  text += fmt::format("  {:<12}{:>12}{:>12}{:>10}{:>14}{:>10}{:>9}\n", "", "us/step", "best", "spread", "samples/s",
                      "GFLOP/s", "of GEMM");
  for (const StepTiming& timing : report.timings) {
    text += fmt::format("  {:<12}{:>12.2f}{:>12.2f}{:>8.1f} %{:>14}{:>10.1f}{:>7.0f} %\n", timing.device, timing.median,
                        std::ranges::min(timing.microseconds), 100 * timing.spread,
                        with_commas(static_cast<std::uint64_t>(timing.samples_per_second)), timing.gflops,
                        100 * timing.gemm_share);
  }
  for (const PeerTiming& peer : report.peers) text += peer_text(peer, report.timings);
  return text;
}

}  // namespace minnow::cli
