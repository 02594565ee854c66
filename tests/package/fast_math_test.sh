#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Arithmetic that is not IEEE 754's does not compile, with a message that says why: neither by the compiler given, nor by
# clang where it is installed.
# Usage: fast_math_test.sh SOURCE_DIR CXX
set -euo pipefail
source=$1/kernels/arithmetic.cpp cxx=$2
expect() {  # COMPILER MESSAGE FLAG...: an empty message for what compiles
  local compiler=$1 message=$2 output
  shift 2
  if output=$("$compiler" -std=c++20 -fsyntax-only "$@" "$source" 2>&1); then
    [ -z "$message" ] || { echo "$compiler $*: compiled, expected \"$message\""; exit 1; }
  else
    [ -n "$message" ] && grep -qF "$message" <<< "$output" || { echo "$compiler $*: $output"; exit 1; }
  fi
}
why="Minnow cannot be built with -ffast-math, -Ofast or a part of them"
expect "$cxx" ""
expect "$cxx" "" -O3 -ffp-contract=off -fno-math-errno -fno-trapping-math
for flag in -ffast-math -Ofast -ffinite-math-only; do
  expect "$cxx" "$why" "$flag"
  if command -v clang++ > /dev/null; then expect clang++ "$why" "$flag"; fi
done
if "$cxx" -dM -E -x c++ /dev/null | grep -q __GCC_IEC_559; then
  for flag in -funsafe-math-optimizations -freciprocal-math -fno-signed-zeros; do expect "$cxx" "$why" "$flag"; done
fi
echo "fast math: ok"
