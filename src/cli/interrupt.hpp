// SPDX-License-Identifier: Apache-2.0
/// Ctrl-C and SIGTERM while a run can still be saved.
#pragma once

namespace minnow::cli {

/// While it lives, the first SIGINT or SIGTERM is only noted; a second one of its kind kills the process.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
};

/// The signal that was noted, or 0.
int noted_signal();

/// 128 + the signal: 130 for SIGINT, 143 for SIGTERM.
int signal_exit_code();

}  // namespace minnow::cli
