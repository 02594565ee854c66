// SPDX-License-Identifier: Apache-2.0
/// --fail-below FIGURE=LIMIT
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace minnow::cli {

struct Limit {
  std::string figure;
  double least = 0;
};

/// Throws UsageError where a text is no FIGURE=LIMIT, or the figure not among `known`.
std::vector<Limit> parse_limits(const std::vector<std::string>& texts, const std::vector<std::string>& known);
/// Throws CheckError that names the first figure below its limit, or that is not a number.
void check_limits(const std::vector<Limit>& limits, const std::vector<std::pair<std::string, double>>& figures);

}  // namespace minnow::cli
