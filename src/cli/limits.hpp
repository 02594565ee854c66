// SPDX-License-Identifier: Apache-2.0
/// --fail-below FIGURE=LIMIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "minnow/minnow.hpp"

namespace minnow::cli {

struct Limit {
  Figure figure;
  double least = 0;
};

/// Throws UsageError where a text is no FIGURE=LIMIT, or the figure none of `splits` that rises.
std::vector<Limit> parse_limits(const std::vector<std::string>& texts, const std::vector<Split>& splits);
/// What a run has to count for them.
MetricsScope scope_of(const std::vector<Limit>& limits);
/// Throws UsageError where the data of a training cannot give the figure of a limit, so that it would be missed anyhow.
void check_known(const std::vector<Limit>& limits, const Loss& loss, const Network& network, const DataSplits& data);
/// Throws CheckError that names the first figure below its limit, or that is not known. `metrics` of every split that
/// parse_limits was given.
void check_limits(const std::vector<Limit>& limits, const std::map<Split, Metrics>& metrics);

}  // namespace minnow::cli
