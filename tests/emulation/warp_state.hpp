// SPDX-License-Identifier: Apache-2.0
// The warp operations that one warp's lanes wait in, and their results.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/emulation/device_side.hpp"

namespace emulation {

/// Lanes that came with one mask. Groups with disjoint masks may be under way at once.
struct WarpGroup {
  WarpOperation operation = WarpOperation::sync;
  std::uint32_t mask = 0;
  std::uint32_t arrived = 0;
  std::array<std::uint64_t, 32> values{};
  std::array<int, 32> lanes{};  ///< source lane, delta or lane mask
  std::array<int, 32> widths{};
  void* tag = nullptr;
};

class WarpState {
 public:
  struct Arrival {
    std::uint32_t complete = 0;  ///< the group's mask if this lane was the last, whose results then are there
    std::string error;           ///< or what is wrong
  };

  void reset() { groups_.clear(); }
  Arrival arrive(WarpOperation operation, std::uint32_t mask, unsigned lane, std::uint64_t value, int argument,
                 int width);
  std::uint64_t result(unsigned lane) const { return results_[lane]; }
  void* tag(unsigned lane) const { return tags_[lane]; }
  /// Lanes that wait, and the lanes that they wait for.
  std::uint32_t waiting() const;
  std::uint32_t awaited() const;

 private:
  WarpGroup* find_or_open(WarpOperation operation, std::uint32_t mask, unsigned lane, std::string& error);
  std::string resolve(const WarpGroup& group);

  std::vector<WarpGroup> groups_;
  std::array<std::uint64_t, 32> results_{};
  std::array<void*, 32> tags_{};
};

}  // namespace emulation
