// SPDX-License-Identifier: Apache-2.0
#include "tests/emulation/warp_state.hpp"

#include <bit>
#include <cstdio>

#include "tests/emulation/sanitizer.hpp"

namespace emulation {
namespace {

std::string hexadecimal(std::uint32_t mask) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", mask);
  return text;
}

/// The lane that `lane` reads from: itself where the shuffle leaves its segment of `width` lanes (CUDA C++ Programming
/// Guide, warp shuffle functions).
unsigned source_lane(WarpOperation operation, unsigned lane, int argument, int width) {
  const auto segment = static_cast<int>(lane) / width * width;
  const int within = static_cast<int>(lane) - segment;
  int source = within;
  if (operation == WarpOperation::shuffle) source = ((argument % width) + width) % width;
  if (operation == WarpOperation::shuffle_up) source = within - argument;
  if (operation == WarpOperation::shuffle_down) source = within + argument;
  if (operation == WarpOperation::shuffle_xor) {
    const int target = static_cast<int>(lane) ^ argument;
    source = target - segment;  // an earlier segment may be read, a later one may not
    return static_cast<unsigned>(source >= width || target > 31 ? static_cast<int>(lane) : target);
  }
  if (source < 0 || source >= width) source = within;
  return static_cast<unsigned>(segment + source);
}

}  // namespace

/// Lanes may pass through operations of a few of them on the way to one of all; but two lanes that wait for each other
/// with different masks wait for ever.
WarpGroup* WarpState::find_or_open(WarpOperation operation, std::uint32_t mask, unsigned lane, std::string& error) {
  for (WarpGroup& group : groups_) {
    if (group.mask != mask && ((group.mask >> lane & 1U) == 0 || (group.arrived & mask) == 0)) continue;
    if (group.mask != mask) {
      error = "warp masks disagree: " + hexadecimal(group.mask) + " and " + hexadecimal(mask);
      return nullptr;
    }
    if (group.operation != operation) {
      error = "lanes of one mask " + hexadecimal(mask) + " are in different warp operations";
      return nullptr;
    }
    return &group;
  }
  groups_.push_back({});
  groups_.back().operation = operation;
  groups_.back().mask = mask;
  groups_.back().tag = fresh_tag();
  return &groups_.back();
}

WarpState::Arrival WarpState::arrive(WarpOperation operation, std::uint32_t mask, unsigned lane, std::uint64_t value,
                                     int argument, int width) {
  const TsanIgnore ignore;
  Arrival arrival;
  WarpGroup* const group = find_or_open(operation, mask, lane, arrival.error);
  if (group == nullptr) return arrival;
  group->values[lane] = value;
  group->lanes[lane] = argument;
  group->widths[lane] = width;
  group->arrived |= 1U << lane;
  tags_[lane] = group->tag;
  if (operation == WarpOperation::sync) tsan_release(group->tag);
  if (group->arrived != mask) return arrival;
  arrival.error = resolve(*group);
  arrival.complete = mask;
  groups_.erase(groups_.begin() + (group - groups_.data()));
  return arrival;
}

std::string WarpState::resolve(const WarpGroup& group) {
  std::uint64_t ballot = 0;
  for (std::uint32_t left = group.mask; left != 0; left &= left - 1) {
    const auto lane = static_cast<unsigned>(std::countr_zero(left));
    ballot |= (group.values[lane] & 1U) << lane;
  }
  for (std::uint32_t left = group.mask; left != 0; left &= left - 1) {
    const auto lane = static_cast<unsigned>(std::countr_zero(left));
    if (group.operation == WarpOperation::sync || group.operation == WarpOperation::ballot) {
      results_[lane] = ballot;
      continue;
    }
    const unsigned source = source_lane(group.operation, lane, group.lanes[lane], group.widths[lane]);
    if ((group.mask >> source & 1U) == 0) {
      return "shuffle: lane " + std::to_string(lane) + " reads lane " + std::to_string(source) +
             ", which is not in the mask " + hexadecimal(group.mask);
    }
    results_[lane] = group.values[source];
  }
  return {};
}

std::uint32_t WarpState::waiting() const {
  std::uint32_t lanes = 0;
  for (const WarpGroup& group : groups_) lanes |= group.arrived;
  return lanes;
}

std::uint32_t WarpState::awaited() const {
  std::uint32_t lanes = 0;
  for (const WarpGroup& group : groups_) lanes |= group.mask & ~group.arrived;
  return lanes;
}

}  // namespace emulation
