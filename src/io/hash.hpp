// SPDX-License-Identifier: Apache-2.0
/// FNV-1a 64 (Fowler, Noll, Vo): the fingerprint of data and weights. It finds accidents, not attacks.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <type_traits>

namespace minnow::engine {

static_assert(std::endian::native == std::endian::little, "fingerprints and model files are little-endian bytes");

/// The hash of everything added so far, in its order.
class Fingerprint {
 public:
  /// The bytes of `values`, in memory order.
  template <class T>
  void add(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    for (const std::byte byte : std::as_bytes(values)) {
      hash_ = (hash_ ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3ull;
    }
  }
  template <class T>
  requires std::is_arithmetic_v<T>
  void add(T value) { add(std::span<const T>(&value, 1)); }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325ull;
};

}  // namespace minnow::engine
