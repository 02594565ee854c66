// SPDX-License-Identifier: Apache-2.0
/// minnow bench: proves, then times.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "src/cli/agreement.hpp"
#include "src/cli/bench_report.hpp"
#include "src/cli/bench_workloads.hpp"
#include "src/cli/commands.hpp"
#include "src/cli/console.hpp"
#include "src/cli/device.hpp"
#include "src/cli/handout.hpp"
#include "src/cli/peer_rounds.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {
namespace {

constexpr int verified_steps = 3;
constexpr double round_microseconds = 2e5;

std::uint64_t hash_of(const std::vector<float>& weights) {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a 64, as Model::weights_hash
  const auto* bytes = reinterpret_cast<const unsigned char*>(weights.data());
  for (std::size_t i = 0; i < weights.size() * sizeof(float); ++i) hash = (hash ^ bytes[i]) * 0x100000001b3u;
  return hash;
}

/// One workload on one device.
struct Contestant {
  Runtime runtime;
  StepBenchmark benchmark;
  std::vector<float> weights;  ///< after verified_steps
  int steps = 0;               ///< per round
  std::vector<double> microseconds;
};

/// Trains the same steps everywhere and on the reference. Throws CheckError where they part, DivergedError where there
/// is nothing to compare, before anything is timed.
std::vector<Verification> verify(const Workload& workload, const Dataset& data, int models,
                                 std::vector<Contestant>& contestants) {
  Runtime oracle;
  oracle.device = {DeviceKind::reference, 0};
  StepBenchmark reference(workload, data, oracle, models);
  const std::vector<float> initial = reference.train(0);
  const std::vector<float> expected = reference.train(verified_steps);
  if (!std::ranges::all_of(expected, [](float weight) { return std::isfinite(weight); })) {
    throw DivergedError(fmt::format(
        "{}: {} steps of the double reference end with weights that are not finite; lower the learning rate",
        workload.name, verified_steps));
  }
  std::vector<Verification> checks;
  for (Contestant& contestant : contestants) {
    contestant.weights = contestant.benchmark.train(verified_steps);
    const std::string device = contestant.benchmark.device();
    checks.push_back(compare_weights(workload, initial, expected, contestant.weights, verified_steps));
    checks.back().device = device;
    if (!checks.back().passed()) {
      throw CheckError(
          fmt::format("{} on {}: {} is off by {:.3g} of the way it went in {} steps of the double "
                      "reference, the limit is {:.3g}; it was not timed",
                      workload.name, device, checks.back().tensor, unsigned_nan(checks.back().error), verified_steps,
                      checks.back().limit));
    }
    const bool strict = contestant.runtime.numerics == Numerics::strict;
    if (strict && hash_of(contestant.weights) != hash_of(contestants.front().weights)) {
      throw CheckError(fmt::format("{}: {} and {} end with different bits, which strict numerics excludes",
                                   workload.name, contestants.front().benchmark.device(), device));
    }
  }
  return checks;
}

int steps_per_round(const Invocation& invocation, StepBenchmark& benchmark) {
  if (invocation.steps > 0) return invocation.steps;
  benchmark.time(4);  // warm-up
  const double estimate = benchmark.time(8);
  return static_cast<int>(std::clamp(round_microseconds / std::max(estimate, 0.1), 8.0, 20000.0));
}

StepTiming timing_of(const Workload& workload, const Contestant& contestant, int models) {
  StepTiming timing;
  timing.workload = workload.name;
  timing.device = contestant.benchmark.device();
  timing.microseconds = contestant.microseconds;
  timing.median = median_of(contestant.microseconds);
  timing.spread = spread_of(contestant.microseconds);
  timing.samples_per_second = 1e6 * workload.training.batch * models / timing.median;
  timing.gflops = workload.flops_per_step * models / timing.median / 1e3;
  timing.weights_hash = hash_of(contestant.weights);
  return timing;
}

class Bench {
 public:
  Bench(const Invocation& invocation, const Log& log) : invocation_(invocation), log_(log) {
    for (const std::string& text : invocation.peers) peers_.push_back(parse_peer(text));
    Contestants chosen = contestants(invocation.settings.runtime);
    runtimes_ = std::move(chosen.runtimes);
    skipped_ = std::move(chosen.reason);
    if (!skipped_.empty()) log_("cuda is skipped: {}", skipped_);
    // Peers read these.
    const int threads = invocation.settings.runtime.threads;
    if (threads > 0) setenv("OMP_NUM_THREADS", std::to_string(threads).c_str(), 1);
    if (!invocation.handout.empty()) setenv(handout_variable, invocation.handout.c_str(), 1);
  }

  WorkloadReport measure(const PreparedWorkload& prepared) {
    const int models = invocation_.models;
    const Workload& workload = prepared.workload;
    measure_ceilings();
    WorkloadReport report = {workload.name, workload.description, prepared.description, models, {}, {}, {}};
    std::vector<Contestant> all;
    for (const Runtime& runtime : runtimes_)
      all.push_back({runtime, StepBenchmark(workload, *prepared.data, runtime, models), {}, 0, {}});
    report.verified = verify(workload, *prepared.data, models, all);
    if (!invocation_.handout.empty()) write_handout(invocation_.handout, workload, *prepared.data, models);
    for (Contestant& contestant : all) contestant.steps = steps_per_round(invocation_, contestant.benchmark);
    PeerRounds peers(peers_, entry_name(workload, models));
    for (int round = 0; round < invocation_.rounds; ++round) {
      // One turn of everybody, so that a machine that slows down slows all of them down.
      for (Contestant& contestant : all) {
        contestant.microseconds.push_back(contestant.benchmark.time(contestant.steps));
      }
      peers.run();
    }
    for (const Contestant& contestant : all) report.timings.push_back(timing_of(workload, contestant, models));
    report.peers = peers.timings();
    for (const PeerTiming& peer : report.peers) {
      if (!peer.failure.empty()) note_failure(workload, peer);
    }
    return report;
  }

  /// What the first peer that failed has to say, or empty.
  const std::string& failure() const { return failure_; }

  /// Gives every timing its share of the ceiling, once that is known.
  void rate(std::vector<WorkloadReport>& reports) const {
    for (WorkloadReport& report : reports) {
      for (std::size_t i = 0; i < report.timings.size(); ++i) {
        report.timings[i].gemm_share = report.timings[i].gflops / gemm_rates_[i];
      }
    }
  }

  std::string ceilings_text() const {
    std::string text;
    for (std::size_t i = 0; i < runtimes_.size(); ++i) {
      text += fmt::format("GEMM on {} reaches {:.1f} GFLOP/s\n", to_string(runtimes_[i].device), gemm_rates_[i]);
    }
    return text;
  }

  Json head() const {
    Json rates = Json::object();
    for (std::size_t i = 0; i < runtimes_.size(); ++i) rates[to_string(runtimes_[i].device)] = gemm_rates_[i];
    Json listed = Json::array();
    for (const DeviceInfo& info : devices()) listed.push_back(to_json(info));
    return {{"build", to_json(build_info())},
            {"time", utc_time()},
            {"devices", listed},
            {"threads", invocation_.settings.runtime.threads},
            {"numerics", to_string(invocation_.settings.runtime.numerics)},
            {"cuda_skipped", skipped_},
            {"gemm_gflop_per_s", rates}};
  }

 private:
  /// This machine's own ceilings: the best so far, since other load can only lower them.
  void measure_ceilings() {
    gemm_rates_.resize(runtimes_.size());
    for (std::size_t i = 0; i < runtimes_.size(); ++i) {
      gemm_rates_[i] = std::max(gemm_rates_[i], measure_gemm_rate(runtimes_[i]));
    }
  }

  void note_failure(const Workload& workload, const PeerTiming& peer) {
    const std::string message = fmt::format("{}: {}", workload.name, peer.failure);
    write_message("warning", message + "; it is left out");
    if (failure_.empty()) failure_ = message;
  }

  const Invocation& invocation_;
  const Log& log_;
  std::vector<Peer> peers_;
  std::vector<Runtime> runtimes_;
  std::string skipped_;
  std::vector<double> gemm_rates_;
  std::string failure_;  ///< the first one of a peer
};

void print_reports(const Bench& bench, const std::vector<WorkloadReport>& reports, bool as_json) {
  if (as_json) {
    Json json = bench.head();
    json["workloads"] = Json::array();
    for (const WorkloadReport& report : reports) json["workloads"].push_back(to_json(report));
    print("{}", line_of(json));
    return;
  }
  for (const WorkloadReport& report : reports) print("{}", text_of(report));
  print("{}", bench.ceilings_text());
}

}  // namespace

int run_bench(const Invocation& invocation) {
  const Log log(invocation.quiet);
  BenchWorkloads workloads(invocation);
  Bench bench(invocation, log);
  std::vector<WorkloadReport> reports;
  for (const std::string& name : workloads.names()) {
    reports.push_back(bench.measure(workloads.prepare(name)));
    log("{} is verified and timed", name);
  }
  bench.rate(reports);
  print_reports(bench, reports, invocation.json);
  if (!bench.failure().empty()) throw DataError(bench.failure());
  return 0;
}

}  // namespace minnow::cli
