// SPDX-License-Identifier: Apache-2.0
/// Seeds from host memory as a kernel argument: no upload, no buffer, no wait.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace minnow::kernels::cuda {

/// The seeds of up to 256 models: 2 KiB of the 4 KiB that a kernel's arguments may take.
struct Seeds {
  static constexpr std::size_t most = 256;
  std::uint64_t values[most];
};

/// f(first model, count, their seeds) for as many launches as it takes.
template <class F>
void for_seed_batches(std::span<const std::uint64_t> seeds, const F& f) {
  for (std::size_t first = 0; first < seeds.size(); first += Seeds::most) {
    const std::size_t count = std::min(Seeds::most, seeds.size() - first);
    Seeds batch{};
    std::copy_n(seeds.begin() + static_cast<std::ptrdiff_t>(first), count, batch.values);
    f(static_cast<int>(first), static_cast<int>(count), batch);
  }
}

}  // namespace minnow::kernels::cuda
