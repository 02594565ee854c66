// SPDX-License-Identifier: Apache-2.0
#include "src/config/validity.hpp"

#include <cmath>

#include "kernels/math/activation.hpp"
#include "src/model/number_text.hpp"

namespace minnow::engine {

std::string expected_number(float minimum) {
  if (!std::isfinite(minimum)) return "a finite number";
  return minimum > 0 ? "a finite number above 0" : "a finite number of " + number_text(minimum) + " or more";
}

std::string fault_in(const Activation& activation) {
  expect_enumerator("activation kind", activation.kind, activation_count);
  const float values[] = {activation.alpha, activation.beta};
  std::string fault = math::visit(activation, [&](const auto& formula) -> std::string {
    std::size_t index = 0;
    for (const math::Parameter& parameter : formula.parameters) {
      const float value = values[index++];
      if (std::isfinite(value) && value >= parameter.minimum) continue;
      return std::string(parameter.name) + " is " + number_text(value) + ", expected " +
             expected_number(parameter.minimum);
    }
    return {};
  });
  if (fault.empty() && activation.kind == ActivationKind::hardtanh && !(activation.alpha < activation.beta)) {
    fault = "min is " + number_text(activation.alpha) + " and max is " + number_text(activation.beta) +
            ", expected a min below max";
  }
  return fault;
}

std::string fault_in(const Initializer& initializer) {
  expect_enumerator("initializer kind", initializer.kind, InitializerKind::kaiming_normal);
  expect_enumerator("initializer fan", initializer.fan, Initializer::Fan::out);
  const float a = initializer.alpha, b = initializer.beta;
  const bool finite = std::isfinite(a) && std::isfinite(b);
  const bool kaiming =
      initializer.kind == InitializerKind::kaiming_uniform || initializer.kind == InitializerKind::kaiming_normal;
  if (initializer.fan != Initializer::Fan::in && !kaiming) return "fan_out means something for kaiming only";
  switch (initializer.kind) {
    case InitializerKind::constant:
      if (std::isfinite(a)) return {};
      return "the value is " + number_text(a) + ", expected a finite number";
    case InitializerKind::uniform:
      if (finite && a < b) return {};
      return "low is " + number_text(a) + " and high is " + number_text(b) +
             ", expected finite numbers, low below high";
    case InitializerKind::normal:
      if (finite && b >= 0) return {};
      return "the mean is " + number_text(a) + " and the standard deviation is " + number_text(b) +
             ", expected finite numbers and a deviation of 0 or more";
    default:
      return {};
  }
}

}  // namespace minnow::engine
