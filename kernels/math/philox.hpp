// SPDX-License-Identifier: Apache-2.0
/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011): a random number
/// is a function of its place alone. Counter = (element / 4, step, layer, purpose), key = (seed low, seed high).
#pragma once

#include <cstdint>

#include "kernels/math/elementary.hpp"

namespace minnow::math {

/// Word is std::uint32_t, or several of them side by side with the same operations (kernels/cpu/philox_lanes.hpp).
template <class Word>
struct BasicPhiloxWords {
  Word word[4];
};
using PhiloxWords = BasicPhiloxWords<std::uint32_t>;

/// The halves of a product of 64 bits.
template <class Word>
struct WideProduct {
  Word high;
  Word low;
};

MINNOW_HD WideProduct<std::uint32_t> wide_product(std::uint32_t a, std::uint32_t b) {
  const std::uint64_t product = std::uint64_t{a} * b;
  return {static_cast<std::uint32_t>(product >> 32), static_cast<std::uint32_t>(product)};
}

template <class Word>
MINNOW_HD BasicPhiloxWords<Word> philox4x32_10(const BasicPhiloxWords<Word>& counter, std::uint64_t key) {
  std::uint32_t key_low = static_cast<std::uint32_t>(key);
  std::uint32_t key_high = static_cast<std::uint32_t>(key >> 32);
  Word a = counter.word[0], b = counter.word[1], c = counter.word[2], d = counter.word[3];
  for (int round = 0; round < 10; ++round) {
    const WideProduct<Word> product0 = wide_product(a, 0xD2511F53u);
    const WideProduct<Word> product1 = wide_product(c, 0xCD9E8D57u);
    a = product1.high ^ b ^ key_low;
    c = product0.high ^ d ^ key_high;
    b = product1.low;
    d = product0.low;
    key_low += 0x9E3779B9u;
    key_high += 0xBB67AE85u;
  }
  return {{a, b, c, d}};
}

/// The random integers of elements 4 * block .. 4 * block + 3.
MINNOW_HD PhiloxWords random_block(std::uint64_t seed, std::uint32_t purpose, std::uint32_t layer, std::uint32_t step,
                                   std::uint32_t block) {
  return philox4x32_10(PhiloxWords{{block, step, layer, purpose}}, seed);
}

/// Which of a block's words belongs to `element`: selects, since indexing would put the words into memory.
MINNOW_HD std::uint32_t pick_word(const PhiloxWords& block, std::uint64_t element) {
  const std::uint32_t low = (element & 1u) != 0 ? block.word[1] : block.word[0];
  const std::uint32_t high = (element & 1u) != 0 ? block.word[3] : block.word[2];
  return (element & 2u) != 0 ? high : low;
}

/// The random integer of one element (below 2^34).
MINNOW_HD std::uint32_t random_bits(std::uint64_t seed, std::uint32_t purpose, std::uint32_t layer, std::uint32_t step,
                                    std::uint64_t element) {
  return pick_word(random_block(seed, purpose, layer, step, static_cast<std::uint32_t>(element >> 2)), element);
}

/// Uniform in [0, 1), a multiple of 2^-24: exact.
MINNOW_HD float to_uniform(std::uint32_t random) {
  return static_cast<float>(random >> 8) * 0x1p-24f;
}

/// Uniform in [low, high]; high itself only by rounding.
MINNOW_HD float to_uniform(std::uint32_t random, float low, float high) {
  return fma(to_uniform(random), high - low, low);
}

/// Two independent standard normal values (Box and Muller, 1958); at most 5.77 in magnitude.
struct NormalPair {
  float first;
  float second;
};

MINNOW_HD NormalPair to_normal_pair(std::uint32_t random0, std::uint32_t random1) {
  const float u = static_cast<float>((random0 >> 8) + 1u) * 0x1p-24f;  // in (0, 1]: the logarithm is finite
  const float radius = sqrt(-2.0f * log(u));
  const SinCos<float> direction = sincospi(2.0f * to_uniform(random1));
  return {radius * direction.cosine, radius * direction.sine};
}

/// The standard normal value of one element: the pair of words of its half block, first or second of the pair.
MINNOW_HD float random_normal(std::uint64_t seed, std::uint32_t purpose, std::uint32_t layer, std::uint32_t step,
                              std::uint64_t element) {
  const PhiloxWords block = random_block(seed, purpose, layer, step, static_cast<std::uint32_t>(element >> 2));
  const bool high = (element & 2u) != 0;
  const NormalPair pair = to_normal_pair(high ? block.word[2] : block.word[0], high ? block.word[3] : block.word[1]);
  return (element & 1u) != 0 ? pair.second : pair.first;
}

}  // namespace minnow::math
