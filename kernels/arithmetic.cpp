// SPDX-License-Identifier: Apache-2.0
// Compiled into every target of the library and of the command, with that target's flags: arithmetic that is not IEEE
// 754 does not compile. It would change weights from one machine to the next, and where the compiler may take it that
// there is no NaN, a diverged run ends as completed.
#include <limits>

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || \
    (defined(__GCC_IEC_559) && __GCC_IEC_559 < 1)
#  error "Minnow cannot be built with -ffast-math, -Ofast or a part of them: results would differ, and NaN go unnoticed"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#  error "Minnow needs float arithmetic that rounds to float each time (on 32-bit x86: -msse2 -mfpmath=sse)"
#endif

static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);
static_assert(std::numeric_limits<float>::digits == 24 && std::numeric_limits<double>::digits == 53);
