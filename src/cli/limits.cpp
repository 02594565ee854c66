// SPDX-License-Identifier: Apache-2.0
#include "src/cli/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include "minnow/error.hpp"
#include "src/cli/data_source.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {

namespace {

/// The figures of `splits` of which more is better.
std::vector<Figure> rising_figures(std::span<const Split> splits) {
  std::vector<Figure> figures;
  for (const Split split : splits) {
    for (int k = 0; k < metric_count; ++k) {
      const Figure figure{static_cast<Metric>(k), split};
      if (rises(figure.metric)) figures.push_back(figure);
    }
  }
  return figures;
}

Limit parse_limit(const std::string& text, const std::vector<Figure>& valid) {
  const std::size_t equals = text.find('=');
  const std::string number = equals == std::string::npos ? "" : text.substr(equals + 1);
  Limit limit;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), limit.least);
  if (number.empty() || error != std::errc() || end != number.data() + number.size() || !std::isfinite(limit.least)) {
    throw UsageError(
        fmt::format("--fail-below {}: expected FIGURE=LIMIT, as in {}=0.97", text, to_string(valid.front())));
  }
  try {
    limit.figure = parse_figure("figure", trim(text.substr(0, equals)), valid);
  } catch (const UsageError& unknown) {
    throw UsageError(fmt::format("--fail-below {}: {}", text, unknown.what()));
  }
  return limit;
}

}  // namespace

std::vector<Limit> parse_limits(const std::vector<std::string>& texts, const std::vector<Split>& splits) {
  const std::vector<Figure> valid = rising_figures(splits);
  std::vector<Limit> limits;
  for (const std::string& text : texts) limits.push_back(parse_limit(text, valid));
  return limits;
}

MetricsScope scope_of(const std::vector<Limit>& limits) {
  MetricsScope scope = MetricsScope::none;
  for (const Limit& limit : limits) {
    if (!is_counted(limit.figure.metric) || limit.figure.split == Split::test) continue;
    scope = std::max(scope, limit.figure.split == Split::train ? MetricsScope::all : MetricsScope::validation);
  }
  return scope;
}

void check_known(const std::vector<Limit>& limits, const Loss& loss, const Network& network, const DataSplits& data) {
  for (const auto& [figure, least] : limits) {
    const std::string why = why_unknown(figure.metric, loss, network, part_of(data, figure.split));
    if (why.empty()) continue;
    throw UsageError(fmt::format("--fail-below {}: there is no such figure {}", to_string(figure), why));
  }
}

void check_limits(const std::vector<Limit>& limits, const std::map<Split, Metrics>& metrics) {
  for (const auto& [wanted, least] : limits) {
    const double figure = figure_of(wanted.metric, metrics.at(wanted.split));
    if (figure >= least) continue;
    throw CheckError(fmt::format("{} is {}, the limit is {} (--fail-below)", to_string(wanted),
                                 std::isnan(figure) ? "not known here" : fmt::format("{:.6g}", figure), least));
  }
}

}  // namespace minnow::cli
