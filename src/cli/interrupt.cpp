// SPDX-License-Identifier: Apache-2.0
#include "src/cli/interrupt.hpp"

#include <array>
#include <csignal>

namespace minnow::cli {
namespace {

constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP};

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
  for (std::size_t i = 0; i < signals.size(); ++i) {
    sigaction(signals[i], nullptr, &before_[i]);
    // What nohup and the shell's & ignore stays ignored.
    if (before_[i].sa_handler != SIG_IGN) sigaction(signals[i], &action, nullptr);
  }
}

InterruptGuard::~InterruptGuard() {
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &before_[i], nullptr);
}

int noted_signal() {
  return noted;
}

int signal_exit_code() {
  return 128 + (noted != 0 ? noted : SIGINT);
}

}  // namespace minnow::cli
