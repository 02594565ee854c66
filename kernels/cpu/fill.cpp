// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

void fill(const FillArguments& a, std::size_t part, std::size_t parts) {
  const Range all = share(a.models * a.elements, 1024, part, parts);
  for (std::size_t m = 0; m < a.models; ++m) {
    const Range range = within_model(all, m, a.elements);
    float* x = a.x.data + static_cast<std::ptrdiff_t>(m) * a.x.stride;
    for (std::size_t i = range.first; i < range.last; ++i) x[i] = a.value;
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
