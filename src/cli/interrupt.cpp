// SPDX-License-Identifier: Apache-2.0
#include "src/cli/interrupt.hpp"

#include <csignal>

namespace minnow::cli {
namespace {

volatile std::sig_atomic_t noted = 0;

void note(int signal) {
  noted = signal;
}

}  // namespace

InterruptGuard::InterruptGuard() {
  noted = 0;
  struct sigaction action = {};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  // After the first signal the default action is back, so that the second one kills.
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

int noted_signal() {
  return noted;
}

int signal_exit_code() {
  return 128 + (noted != 0 ? noted : SIGINT);
}

}  // namespace minnow::cli
