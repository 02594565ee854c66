// SPDX-License-Identifier: Apache-2.0
/// What `minnow bench` measured, and how it is shown.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/cli/agreement.hpp"
#include "src/cli/json.hpp"

namespace minnow::cli {

struct PeerTiming {
  std::string name;  ///< with its variant: "torch eager"
  std::vector<double> microseconds;
  double median = 0;
  double spread = 0;
  std::optional<double> loss_error;  ///< as PeerTurn's; the largest of the rounds
  std::string failure;               ///< why there are no figures, or empty
};

struct WorkloadReport {
  std::string name, description, data;
  int models = 1;
  std::vector<Verification> verified;
  std::vector<StepTiming> timings;
  std::vector<PeerTiming> peers;
};

double median_of(std::vector<double> samples);
/// (largest - smallest) / median
double spread_of(const std::vector<double>& samples);

Json to_json(const WorkloadReport& report);
std::string text_of(const WorkloadReport& report);

}  // namespace minnow::cli
