# SPDX-License-Identifier: Apache-2.0
# Fast math changes results, and its compiled form knows no NaN. kernels/arithmetic.cpp, which every target compiles,
# refuses it by the compiler's macros; some flags have none.
set(fast_math "(-Ofast|-f(fast-math|unsafe-math-optimizations|associative-math|reciprocal-math|approx-func|finite-math-only)|\
-fno-signed-zeros|-fno-honor-(nans|infinities)|-fdenormal-fp-math|use_fast_math|ftz[= ]true|prec-(div|sqrt)[= ]false)")
string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
get_directory_property(options COMPILE_OPTIONS)
foreach(flags IN ITEMS "${CMAKE_CXX_FLAGS}" "${CMAKE_CXX_FLAGS_${type}}" "${CMAKE_CUDA_FLAGS}" "${CMAKE_CUDA_FLAGS_${type}}"
                     "${options}")
  if("${flags}" MATCHES "${fast_math}")
    message(FATAL_ERROR "${CMAKE_MATCH_1} in the compiler's flags: Minnow promises the same bits everywhere and stops a "
                        "run whose numbers are no longer finite, and fast math breaks both; remove it, or set it for the "
                        "targets of your own that need it")
  endif()
endforeach()
