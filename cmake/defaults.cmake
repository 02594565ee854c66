# SPDX-License-Identifier: Apache-2.0
# What every compilation of Minnow shares.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ${PROJECT_IS_TOP_LEVEL})
if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
  endif()
endif()
find_program(MINNOW_CCACHE ccache)
if(MINNOW_CCACHE AND PROJECT_IS_TOP_LEVEL)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${MINNOW_CCACHE})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${MINNOW_CCACHE})
endif()

# Properties of the library's and the command's targets.
set(MINNOW_BATCHES UNITY_BUILD ${MINNOW_UNITY} UNITY_BUILD_BATCH_SIZE 16)

# Finds a dependency, or stops and names the Debian package that brings it.
macro(minnow_require package debian_package)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "${package} was not found: install it with `apt install ${debian_package}` (or run scripts/setup)")
  endif()
endmacro()

# What a parent project leaves unoptimized (no build type, Debug, or one of its own) would train at a thirtieth of the
# speed.
set(MINNOW_OPTIMIZATION "")
if(NOT PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_FLAGS MATCHES "(^| )-O")
  set(MINNOW_OPTIMIZATION "$<$<NOT:$<CONFIG:Release,RelWithDebInfo,MinSizeRel>>:-O3>")
endif()

# One rounding per written operation, on every compiler: no contraction, fma only where the source says fma.
add_library(minnow_numerics INTERFACE)
target_compile_options(minnow_numerics INTERFACE ${MINNOW_OPTIMIZATION}
  $<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off;-fno-math-errno;-fno-trapping-math>
  $<$<COMPILE_LANGUAGE:CUDA>:-fmad=false;-Xcompiler=-ffp-contract=off>)
target_include_directories(minnow_numerics INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)

add_library(minnow_warnings INTERFACE)
target_compile_options(minnow_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion;-Wno-sign-conversion>
  # A batch has the names of many files: what shadows there does not in any of them.
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wno-shadow>
  # clang does not know `GCC ivdep`, and checks at run time what it says.
  $<$<COMPILE_LANG_AND_ID:CXX,Clang,AppleClang>:-Wno-unknown-pragmas>
  # g++ 12 reports std::string concatenation as overlapping copies (GCC bug 105651).
  $<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${MINNOW_WERROR}>>:-Werror>
  $<$<AND:$<COMPILE_LANGUAGE:CUDA>,$<BOOL:${MINNOW_WERROR}>>:-Werror=all-warnings>)

if(MINNOW_SANITIZE STREQUAL "address")
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-fsanitize=address,undefined;-fno-sanitize-recover=all;-fno-omit-frame-pointer>")
  add_link_options(-fsanitize=address,undefined)
  # GCC's manual: sanitizers make this warning see paths that are not there.
  add_compile_options("$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-maybe-uninitialized>")
elseif(MINNOW_SANITIZE STREQUAL "thread")
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-fsanitize=thread>")
  add_link_options(-fsanitize=thread)
elseif(NOT MINNOW_SANITIZE STREQUAL "")
  message(FATAL_ERROR "MINNOW_SANITIZE is '${MINNOW_SANITIZE}'; use 'address', 'thread' or nothing")
endif()
