// SPDX-License-Identifier: Apache-2.0
// Which sanitizers this program is built with, for tests that need one.
#pragma once

#include "tests/emulation/sanitizer.hpp"

extern "C" __attribute__((weak)) void __ubsan_handle_out_of_bounds_abort();  // NOLINT: the sanitizer's name

namespace emulation::test {

inline bool under_ubsan() {
  return __ubsan_handle_out_of_bounds_abort != nullptr;
}

}  // namespace emulation::test

#define MINNOW_NEEDS_ASAN() \
  if (!emulation::under_asan()) GTEST_SKIP() << "AddressSanitizer finds this: build with -fsanitize=address"
#define MINNOW_NEEDS_UBSAN() \
  if (!emulation::test::under_ubsan()) GTEST_SKIP() << "UBSan finds this: build with -fsanitize=undefined"
#define MINNOW_NEEDS_TSAN() \
  if (!emulation::under_tsan()) GTEST_SKIP() << "ThreadSanitizer finds this: build with -fsanitize=thread"
