// SPDX-License-Identifier: Apache-2.0
/// Ctrl-C, SIGTERM and SIGHUP while a run can still be saved.
#pragma once

#include <array>
#include <csignal>

namespace minnow::cli {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP is only noted; a second one of its kind kills the process.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  std::array<struct sigaction, 3> before_ = {};
};

/// The signal that was noted, or 0.
int noted_signal();

/// 128 + the signal: 129 for SIGHUP, 130 for SIGINT, 143 for SIGTERM.
int signal_exit_code();

}  // namespace minnow::cli
