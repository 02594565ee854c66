// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>

#include "kernels/cuda/runtime.hpp"

namespace minnow::kernels::cuda {

/// Keeps the host near the device. Pieces of work (steps) are counted in windows that take the device about `target`;
/// at the end of each the host waits for the end of the one before, so it is never more than two windows ahead, and the
/// device, which has a window left, is never idle for it.
class Throttle {
 public:
  static constexpr std::chrono::milliseconds target{20};

  /// To be called after each piece on `stream`, always the same one.
  void operator()(cudaStream_t stream);
  /// All pieces so far are done.
  void restart() { windows_ = pieces_ = 0; }

 private:
  using Clock = std::chrono::steady_clock;
  void resize();

  std::array<Event, 2> ends_;  ///< of the last two windows
  int windows_ = 0;            ///< that have ended since the start
  int pieces_ = 0;             ///< in the present window
  int size_ = 1;               ///< pieces of the present window
  int last_size_ = 1;          ///< of the one before
  Clock::time_point begin_;    ///< when the host saw the end of the one before that
};

}  // namespace minnow::kernels::cuda
