// SPDX-License-Identifier: Apache-2.0
#include "kernels/math/update_rule.hpp"

#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

namespace {

/// One model's parameters [range.first, range.last). Optimizer and rates are copies, so that no store can change them
/// and their branches leave the loop.
template <class Rule>
MINNOW_INLINE void update_model(Rule, const UpdateArguments& a, std::size_t m, Range range) {
  const auto model = static_cast<std::ptrdiff_t>(m);
  const Optimizer optimizer = a.states[m].optimizer;
  const StepRates rates = a.states[m].rates;
  float* const parameters = a.parameters.data + model * a.parameters.stride;
  const float* const gradients = a.gradients.data + model * a.gradients.stride;
  float* const state = a.state.data == nullptr ? nullptr : a.state.data + model * a.state.stride;
  const auto stride = static_cast<std::int64_t>(a.elements);
#pragma GCC ivdep
  for (std::size_t i = range.first; i < range.last; ++i) {
    Rule::template apply<float>(optimizer, rates, parameters[i], gradients[i], state + i, stride);
  }
}

}  // namespace

void update(const UpdateArguments& a, std::size_t part, std::size_t parts) {
  const Range all = share(a.models * a.elements, 1024, part, parts);
  math::visit(a.kind, [&](auto rule) {
    for (std::size_t m = 0; m < a.models; ++m) update_model(rule, a, m, within_model(all, m, a.elements));
  });
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
