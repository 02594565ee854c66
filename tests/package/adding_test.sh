#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Follows docs/adding-an-activation.md word for word in a copy of the tree, and runs the tests of formulas and names
# there, without the library: the formulas are headers.
# Usage: adding_test.sh SOURCE_DIR CXX
set -euo pipefail
source=$1 cxx=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$source"/{include,kernels,src,tests,docs} "$work"
cd "$work"
page=docs/adding-an-activation.md

said() {  # REGEX: the one thing in backquotes on the page that it matches
  local found
  found=$(grep -o '`[^`]*`' "$page" | tr -d '`' | grep -x -e "$1")
  [ "$(wc -l <<< "$found")" = 1 ] || { echo "$page says '$1' not once: $found" >&2; exit 1; }
  printf '%s\n' "$found"
}
before() {  # FILE LINE TEXT: inserts TEXT before the first line that LINE matches
  awk -v line="$2" -v text="$3" '!done && $0 ~ line { print text; done = 1 } { print } END { exit !done }' "$1" > new
  mv new "$1"
}
before include/minnow/config.hpp '^  softmax,$' "$(said 'squareplus,')"
before kernels/math/smooth_activation.hpp '^}  // namespace minnow::math$' "$(awk '/^```cpp$/{on=1; next} /^```$/{on=0} on' "$page")"
before kernels/math/activation.hpp '^    case ActivationKind::softmax:$' "$(said 'case ActivationKind::.*;')"
before kernels/math/accuracy.hpp '^    {"bce", ' "$(said '{"squareplus", .*},') $(said '{"squareplus slope", .*},')"

# What the tables of names refer to, and no test of names asks for.
cat > absent.cpp << 'END'
#include <cstdlib>
#include "minnow/metrics.hpp"
#include "src/model/memory_check.hpp"
double minnow::Classification::macro_f1() const { std::abort(); }
void minnow::engine::expect_memory(std::string_view, double, std::string_view) { std::abort(); }
END
flags=(-std=c++20 -O1 -ffp-contract=off -Wall -Wextra -Werror -I. -Iinclude)
command -v ccache > /dev/null && cxx="ccache $cxx"
files=(tests/math/{slope,ulp,golden}_test.cpp tests/config/names_test.cpp src/config/*.cpp src/model/number_text.cpp
       src/model/network.cpp src/train/metric_table.cpp kernels/unknown_kind.cpp absent.cpp)
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -I{} sh -c "$cxx ${flags[*]} -c {} -o \$(echo {} | tr / _).o"
$cxx ./*.o -lgtest -lgtest_main -lpthread -o run
# The limits stand in docs/numerics.md, too; docs/adding-an-activation.md says so.
./run --gtest_filter='-Ulp.DocumentedLimitsAreTheEnforcedOnes' > log || { cat log; exit 1; }
grep 'squareplus slope' log  # the accuracy was measured
echo "adding: ok"
