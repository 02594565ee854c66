// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"
#include "kernels/math/activation.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

namespace {

template <class Formula>
MINNOW_INLINE void multiply_by_slope(const Formula formula, float* dz, const float* dy, const float* z, const float* y,
                                     Range range) {
  if constexpr (Formula::needs_input) {
#pragma GCC ivdep
    for (std::size_t i = range.first; i < range.last; ++i) dz[i] = dy[i] * formula.template slope<float>(z[i], y[i]);
  } else {
#pragma GCC ivdep
    for (std::size_t i = range.first; i < range.last; ++i) dz[i] = dy[i] * formula.template slope<float>(0.0f, y[i]);
  }
}

}  // namespace

void activation_backward(const ActivationBackwardArguments& a, std::size_t part, std::size_t parts) {
  const Range all = share(a.models * a.elements, 256, part, parts);
  math::visit_elementwise(a.activation, [&](const auto formula) {
    for (std::size_t m = 0; m < a.models; ++m) {
      const auto model = static_cast<std::ptrdiff_t>(m);
      const float* z = a.z.data == nullptr ? nullptr : a.z.data + model * a.z.stride;
      multiply_by_slope(formula, a.dz.data + model * a.dz.stride, a.dy.data + model * a.dy.stride, z,
                        a.y.data + model * a.y.stride, within_model(all, m, a.elements));
    }
  });
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
