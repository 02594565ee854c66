// SPDX-License-Identifier: Apache-2.0
#include "src/cli/agreement.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <span>

namespace minnow::cli {
namespace {

/// What rounding may cost, as a share of the distance that a tensor travels. In most tensors it costs 1e-6 to 1e-5 (W0
/// to W4, three steps, fp32 against double), but now and then a unit's input lands on the other side of ReLU's kink
/// (3e-3 of the first biases' way in W0), and Adam takes elements whose gradient is nearly 0 as far as all others, in a
/// direction that rounding decides (5e-4 in W3). A missing or doubled term in any tensor costs more than this.
constexpr double rounding_share = 2e-2;

double norm(std::span<const float> a) {
  double sum = 0;
  for (const float value : a) sum += double{value} * double{value};
  return std::sqrt(sum);
}

double distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(double{a[i]} - double{b[i]}, 2);
  return std::sqrt(sum);
}

/// How much of the limit the error takes; NaN and infinities take more than all of it.
double strain(const Verification& check) {
  const double share = check.error / check.limit;
  return std::isfinite(share) ? share : std::numeric_limits<double>::infinity();
}

}  // namespace

Verification compare_weights(const Workload& workload, const std::vector<float>& initial,
                             const std::vector<float>& expected, const std::vector<float>& actual, int steps) {
  if (actual.size() != expected.size() || initial.size() != expected.size()) {
    throw InternalError(fmt::format("{}: {} parameters, expected {}", workload.name, actual.size(), expected.size()));
  }
  constexpr double roundoff = 0x1p-24;
  const Model model(workload.network, 1);
  Verification worst = {{}, steps, {}, -1, 1};
  for (std::size_t start = 0; start < expected.size(); start += model.parameter_count()) {
    for (const ParameterTensor& tensor : model.tensors()) {
      const auto part = [&](const std::vector<float>& all) {
        return std::span(all).subspan(start + tensor.offset, tensor.size());
      };
      const double traveled = distance(part(expected), part(initial));
      // Each step rounds each stored weight once, by u |w| at most.
      const double storage = steps * roundoff * (norm(part(expected)) + traveled);
      const double error = distance(part(actual), part(expected));
      Verification check = {{}, steps, tensor.name, error, storage};
      if (traveled > 0) {
        check.error = error / traveled;
        check.limit = rounding_share + storage / traveled;
      }
      const bool first = worst.tensor.empty();
      if (first || strain(check) > strain(worst)) worst = check;
    }
  }
  return worst;
}

}  // namespace minnow::cli
