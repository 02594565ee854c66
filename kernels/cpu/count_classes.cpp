// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/share.hpp"
#include "kernels/cpu/tally.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

void count_classes(const CountClassesArguments& a, std::size_t part, std::size_t parts) {
  const Range models = share(a.models, 1, part, parts);
  for (std::size_t m = models.first; m < models.last; ++m) {
    const auto model = static_cast<std::ptrdiff_t>(m);
    const std::int32_t* const labels = a.labels.data + model * a.labels.stride;
    std::uint32_t* const counts = a.counts.values + model * a.counts.size();
    for (std::size_t r = 0; r < a.rows; ++r) {
      const float* const x = a.outputs.data + model * a.outputs.stride + r * a.cols;
      const std::int32_t label = labels[r];
      const bool single = a.cols == 1;
      const std::int32_t predicted = single ? x[0] > a.counts.boundary : index_of_largest(x, a.cols);
      ++counts[a.counts.confusion(label, predicted)];
      std::int32_t above = single ? predicted != label : 0;
      for (std::size_t c = 0; c < a.cols && !single; ++c) above += x[c] > x[label];
      if (above < a.counts.k) ++counts[a.counts.top()];
      if (a.counts.classes == 2)
        ++counts[a.counts.score(label, score_bin(a.counts.score_of(x, static_cast<int>(a.cols))))];
    }
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
