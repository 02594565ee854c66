// SPDX-License-Identifier: Apache-2.0
#include "src/cli/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "minnow/error.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {

namespace {

std::string name_of(const Limit& limit) {
  return limit.data + "/" + to_string(limit.metric);
}

}  // namespace

std::vector<Limit> parse_limits(const std::vector<std::string>& texts, const std::vector<std::string>& data) {
  std::vector<Limit> all, limits;
  std::vector<std::string> known;
  for (const std::string& name : data) {
    for (int k = 0; k < metric_count; ++k) {
      const Limit limit{name, static_cast<Metric>(k), 0};
      if (!rises(limit.metric)) continue;
      all.push_back(limit);
      known.push_back(name_of(limit));
    }
  }
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string figure = text.substr(0, equals);
    const std::string number = equals == std::string::npos ? "" : text.substr(equals + 1);
    double least = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), least);
    if (number.empty() || error != std::errc() || end != number.data() + number.size() || !std::isfinite(least)) {
      throw UsageError(fmt::format("--fail-below {}: expected FIGURE=LIMIT, as in {}=0.97", text, known.front()));
    }
    const auto found = std::ranges::find(known, figure);
    if (found == known.end()) {
      const std::string hint = suggestion(figure, known);
      throw UsageError(fmt::format("--fail-below {}: unknown figure \"{}\"{}", text, figure,
                                   hint.empty() ? "; there are " + join(known, ", ") : hint));
    }
    limits.push_back(all[static_cast<std::size_t>(found - known.begin())]);
    limits.back().least = least;
  }
  return limits;
}

MetricsScope scope_of(const std::vector<Limit>& limits) {
  MetricsScope scope = MetricsScope::none;
  for (const Limit& limit : limits) {
    if (!is_counted(limit.metric) || limit.data == "test") continue;
    scope = std::max(scope, limit.data == "train" ? MetricsScope::all : MetricsScope::validation);
  }
  return scope;
}

void check_limits(const std::vector<Limit>& limits, const std::vector<std::pair<std::string, Metrics>>& metrics) {
  for (const Limit& limit : limits) {
    const auto found = std::ranges::find(metrics, limit.data, &std::pair<std::string, Metrics>::first);
    const double figure = found == metrics.end() ? std::nan("") : figure_of(limit.metric, found->second);
    if (figure >= limit.least) continue;
    throw CheckError(fmt::format("{} is {}, the limit is {} (--fail-below)", name_of(limit),
                                 std::isnan(figure) ? "not known here" : fmt::format("{:.6g}", figure), limit.least));
  }
}

}  // namespace minnow::cli
