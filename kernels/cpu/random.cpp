// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/ops.hpp"
#include "kernels/cpu/philox_lanes.hpp"
#include "kernels/cpu/share.hpp"

namespace minnow::kernels::cpu::MINNOW_ISA {

namespace {

MINNOW_INLINE void fill_uniform(float* x, const std::uint32_t* words, std::size_t count, float low, float high) {
  for (std::size_t i = 0; i < count; ++i) x[i] = math::to_uniform(words[i], low, high);
}

/// Words 2 i and 2 i + 1 make the values of elements 2 i and 2 i + 1.
MINNOW_INLINE void fill_normal(float* x, const std::uint32_t* words, std::size_t count, float mean, float deviation) {
  for (std::size_t i = 0; i < count / 2; ++i) {
    const math::NormalPair pair = math::to_normal_pair(words[2 * i], words[2 * i + 1]);
    x[2 * i] = math::fma(pair.first, deviation, mean);
    x[2 * i + 1] = math::fma(pair.second, deviation, mean);
  }
  if (count % 2 != 0) {
    const math::NormalPair pair = math::to_normal_pair(words[count - 1], words[count]);
    x[count - 1] = math::fma(pair.first, deviation, mean);
  }
}

}  // namespace

void random(const RandomArguments& a, std::size_t part, std::size_t parts) {
  const Range range = share(a.elements, draw_at_once, part, parts);
  for (std::size_t m = 0; m < a.models; ++m) {
    float* const x = a.x.data + static_cast<std::ptrdiff_t>(m) * a.x.stride;
    const Stream stream{a.seeds[m], a.purpose, a.layer, 0};
    for_each_draw(stream, range.first, range.last,
                  [&](const std::uint32_t* words, std::size_t first, std::size_t count) {
                    if (a.normal) {
                      fill_normal(x + first, words, count, a.a, a.b);
                    } else {
                      fill_uniform(x + first, words, count, a.a, a.b);
                    }
                  });
  }
}

}  // namespace minnow::kernels::cpu::MINNOW_ISA
