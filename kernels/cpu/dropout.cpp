// SPDX-License-Identifier: Apache-2.0
#include "kernels/backend.hpp"
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/philox_lanes.hpp"
#include "kernels/cpu/share.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

void dropout(const DropoutArguments& a, std::size_t part, std::size_t parts) {
  // Each model is cut by itself, at whole Philox blocks.
  const Range range = share(a.elements, draw_at_once, part, parts);
  for (std::size_t m = 0; m < a.models; ++m) {
    float* const x = a.x.data + static_cast<std::ptrdiff_t>(m) * a.x.stride;
    const DropoutRate rate = a.rates[m];
    const Stream stream{a.states[m].seed, static_cast<std::uint32_t>(Purpose::dropout), a.layer, a.step};
    for_each_draw(stream, range.first, range.last,
                  [=](const std::uint32_t* words, std::size_t first, std::size_t count) {
                    float* const values = x + first;
                    for (std::size_t i = 0; i < count; ++i) {
                      values[i] = words[i] < rate.threshold ? values[i] * rate.scale : 0.0f;
                    }
                  });
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
