// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/order.hpp"

#include <array>
#include <cstddef>
#include <vector>

#include "kernels/backend.hpp"
#include "kernels/math/philox.hpp"

namespace minnow::kernels::cpu {

namespace {

struct Keyed {
  std::uint32_t key;
  std::uint32_t element;
};

constexpr int digit_bits = 11;  // three passes over 32 bits, and the counts stay in the first-level cache
constexpr std::size_t digits = std::size_t{1} << digit_bits;

/// One stable pass of a least-significant-digit radix sort.
void sort_by_digit(std::vector<Keyed>& to, const std::vector<Keyed>& from, int shift) {
  const auto digit = [shift](const Keyed& k) { return (k.key >> shift) & (digits - 1); };
  std::array<std::size_t, digits> position{};
  for (const Keyed& k : from) ++position[digit(k)];
  std::size_t next = 0;
  for (std::size_t& p : position) {
    const std::size_t count = p;
    p = next;
    next += count;
  }
  for (const Keyed& k : from) to[position[digit(k)]++] = k;
}

}  // namespace

void epoch_order(std::span<std::uint32_t> order, std::uint64_t seed, std::uint32_t epoch) {
  std::vector<Keyed> keyed(order.size()), sorted(order.size());
  for (std::uint32_t first = 0; first < order.size(); first += 4) {
    const math::PhiloxWords words =
        math::random_block(seed, static_cast<std::uint32_t>(Purpose::order), 0, epoch, first / 4);
    for (std::uint32_t i = first; i < order.size() && i < first + 4; ++i) keyed[i] = {words.word[i - first], i};
  }
  for (int shift = 0; shift < 32; shift += digit_bits) {
    sort_by_digit(sorted, keyed, shift);
    keyed.swap(sorted);
  }
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = keyed[i].element;
}

}  // namespace minnow::kernels::cpu
