// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

void count_classes(const CountClassesArguments& a, std::size_t part, std::size_t parts) {
  const Range models = share(a.models, 1, part, parts);
  const int cols = static_cast<int>(a.cols);
  for (std::size_t m = models.first; m < models.last; ++m) {
    const auto model = static_cast<std::ptrdiff_t>(m);
    const std::int32_t* const labels = a.labels.data + model * a.labels.stride;
    std::uint32_t* const counts = a.counts.values + model * a.counts.size();
    for (std::size_t r = 0; r < a.rows; ++r) {
      const float* const x = a.outputs.data + model * a.outputs.stride + r * a.cols;
      const int predicted = math::predicted_class(x, cols, a.counts.boundary);
      const int above = math::classes_above(x, cols, labels[r], predicted);
      a.counts.count(
          labels[r], predicted, above, [&](std::int64_t i) __attribute__((always_inline)) { ++counts[i]; });
      a.counts.keep_score(model, static_cast<std::int64_t>(a.cursor + r), x, cols, labels[r]);
    }
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
