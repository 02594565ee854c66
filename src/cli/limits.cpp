// SPDX-License-Identifier: Apache-2.0
#include "src/cli/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "minnow/error.hpp"
#include "src/cli/text.hpp"

namespace minnow::cli {

std::vector<Limit> parse_limits(const std::vector<std::string>& texts, const std::vector<std::string>& known) {
  std::vector<Limit> limits;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    Limit limit{text.substr(0, equals), 0};
    const std::string number = equals == std::string::npos ? "" : text.substr(equals + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), limit.least);
    if (number.empty() || error != std::errc() || end != number.data() + number.size() || !std::isfinite(limit.least)) {
      throw UsageError(fmt::format("--fail-below {}: expected FIGURE=LIMIT, as in {}=0.97", text, known.front()));
    }
    if (std::ranges::find(known, limit.figure) == known.end()) {
      const std::string hint = suggestion(limit.figure, known);
      throw UsageError(fmt::format("--fail-below {}: unknown figure \"{}\"{}", text, limit.figure,
                                   hint.empty() ? "; there are " + join(known, ", ") : hint));
    }
    limits.push_back(limit);
  }
  return limits;
}

void check_limits(const std::vector<Limit>& limits, const std::vector<std::pair<std::string, double>>& figures) {
  for (const Limit& limit : limits) {
    const auto found = std::ranges::find(figures, limit.figure, &std::pair<std::string, double>::first);
    const double figure = found == figures.end() ? std::nan("") : found->second;
    if (figure >= limit.least) continue;
    throw CheckError(fmt::format("{} is {}, the limit is {} (--fail-below)", limit.figure,
                                 std::isnan(figure) ? "not known here" : fmt::format("{:.6g}", figure), limit.least));
  }
}

}  // namespace minnow::cli
