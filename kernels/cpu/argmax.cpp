// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"
#include "kernels/cpu/tally.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

void argmax(const ArgmaxArguments& a, std::size_t part, std::size_t parts) {
  const Range all = share(a.models * a.rows, 1, part, parts);
  for (std::size_t m = 0; m < a.models; ++m) {
    const auto model = static_cast<std::ptrdiff_t>(m);
    const Range rows = within_model(all, m, a.rows);
    const float* x = a.x.data + model * a.x.stride;
    std::int32_t* indices = a.indices + model * a.indices_stride;
    for (std::size_t r = rows.first; r < rows.last; ++r) indices[r] = index_of_largest(x + r * a.cols, a.cols);
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
