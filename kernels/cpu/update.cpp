// SPDX-License-Identifier: Apache-2.0
#include "kernels/math/update_rule.hpp"

#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

namespace {

/// One model's parameters [range.first, range.last), all with one weight decay. Optimizer and rates are copies, so that
/// no store can change them and their branches leave the loop.
template <class Rule, int slots>
MINNOW_INLINE void update_range(const UpdateArguments& a, std::size_t m, Range range, bool decays) {
  const auto model = static_cast<std::ptrdiff_t>(m);
  const Optimizer optimizer = a.states[m].optimizer;
  const StepRates rates = a.states[m].rates;
  const auto preparation = math::preparation<Rule, float>(optimizer, rates, decays);
  float* const parameters = a.parameters.data + model * a.parameters.stride;
  const float* const gradients = a.gradients.data + model * a.gradients.stride;
  float* const state = a.state.data == nullptr ? nullptr : a.state.data + model * a.state.stride;
  const auto stride = static_cast<std::int64_t>(a.elements);
#pragma GCC ivdep
  for (std::size_t i = range.first; i < range.last; ++i) {
    math::update_parameter<Rule, slots>(optimizer, rates, preparation, parameters[i], gradients[i], state + i, stride);
  }
}

}  // namespace

void update(const UpdateArguments& a, std::size_t part, std::size_t parts) {
  const Range all = share(a.models * a.elements, 1024, part, parts);
  math::visit(a.kind, [&]<class Rule>(Rule) {
    for (std::size_t m = 0; m < a.models; ++m) {
      const Range range = within_model(all, m, a.elements);
      const auto decayed = static_cast<std::size_t>(a.states[m].decayed);
      const std::size_t middle = decayed < range.first ? range.first : decayed < range.last ? decayed : range.last;
      math::with_slots<Rule>(a.states[m].optimizer, [&](auto slots) {
        update_range<Rule, decltype(slots)::value>(a, m, {range.first, middle}, true);
        update_range<Rule, decltype(slots)::value>(a, m, {middle, range.last}, false);
      });
    }
  });
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
