#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Follows docs/adding-an-activation.md, adding-a-loss.md, adding-an-optimizer.md and adding-a-schedule.md word for word in
# a copy of the tree, builds it there, and runs the tests that such a formula must pass, the gradient check and a training
# with all four.
# Usage: adding_test.sh BUILD_DIR SOURCE_DIR CXX
set -euo pipefail
work=$1/adding source=$2 cxx=$3  # always the same folder, so that a compiler cache knows it
rm -rf "$work"
mkdir "$work"
cp -r "$source"/{CMakeLists.txt,LICENSE,README.md,cmake,include,kernels,src,tests,docs,scripts} "$work"
cd "$work"

said() {  # REGEX: the one thing in backquotes on the page that it matches
  local found
  found=$(grep -o '`[^`]*`' "$page" | tr -d '`' | grep -x -e "$1")
  [ "$(wc -l <<< "$found")" = 1 ] || { echo "$page says '$1' not once: $found" >&2; exit 1; }
  printf '%s\n' "$found"
}
block() {  # LANGUAGE: what stands between the page's fences of that language
  awk -v fence="\`\`\`$1" '$0 == fence { on = 1; next } $0 == "```" { on = 0 } on' "$page"
}
before() {  # FILE LINE TEXT: inserts TEXT before the first line that LINE matches
  awk -v line="$2" -v text="$3" '!done && $0 ~ line { print text; done = 1 } { print } END { exit !done }' "$1" > new
  mv new "$1"
}
enumerator() {  # ENUM NAME NEXT: inserts what the page says for NAME before the enumerator NEXT
  perl -0pi -e "s/enum class $1\\b[^}]*?\\K\\b$3(?=,| \\})/$(said "$2,") $3/" include/minnow/config.hpp
}
limits() {  # FORMULA NEXT: its accuracy before that of NEXT, in the code and in docs/numerics.md
  local line name ulp floor
  for name in "$1" "$1 slope"; do
    line=$(said "{\"$name\", .*},")
    before kernels/math/accuracy.hpp "^    {\"$2\", " "$line"
    read -r ulp floor < <(sed 's/.*", \(.*\), \(.*\)},/\1 \2/' <<< "$line")
    before docs/numerics.md "^\\| $2 \\|" "| $name | $ulp | ${floor/#0/none} |"
  done
}

page=docs/adding-an-activation.md
enumerator ActivationKind squareplus softmax
before kernels/math/smooth_activation.hpp '^}  // namespace minnow::math$' "$(block cpp)"
before kernels/math/activation.hpp '^    case ActivationKind::softmax:$' "$(said 'case ActivationKind::.*;')"
limits squareplus bce
scripts/activation-table
sed -i "s|\`?\`|\`$(said '.*sqrt.*z^2.*')\`|" docs/activations.md

page=docs/adding-a-loss.md
enumerator LossKind log_cosh huber
before kernels/math/loss.hpp '^/// f.struct of `kind`., CrossEntropy included' "$(block cpp)"
before kernels/math/loss.hpp '^    case LossKind::huber:$' "$(said 'case LossKind::.*;')"
limits log_cosh huber
before docs/losses.md '^\| `huber` \| `' "$(block md)"

page=docs/adding-an-optimizer.md
enumerator OptimizerKind signum lion
before kernels/math/update_rule.hpp '^/// f.rule struct.' "$(block cpp)"
before kernels/math/update_rule.hpp '^    case OptimizerKind::lion:$' "$(said 'case OptimizerKind::.*;')"
before docs/optimizers.md '^\| `lion` \|' "$(block md)"

page=docs/adding-a-schedule.md
enumerator ScheduleKind inverse_sqrt plateau
before kernels/math/schedule.hpp '^/// f.struct of `kind`' "$(block cpp)"
before kernels/math/schedule.hpp '^    case ScheduleKind::plateau:$' "$(said 'case ScheduleKind::.*;')"
before docs/schedules.md '^\| `plateau` \|' "$(block md)"

programs=(math_tests config_tests ops_tests model_tests)
cmake -S . -B build -G Ninja -DCMAKE_CXX_COMPILER="$cxx" -DMINNOW_CUDA=OFF -DMINNOW_UNITY=ON -DMINNOW_WERROR=ON -DCMAKE_BUILD_TYPE=None \
  -DCMAKE_CXX_FLAGS=-O1 > log
cmake --build build -j "$(nproc)" -t minnow_cli "${programs[@]}" > log || { tail -30 log; exit 1; }
cd build
for program in "${programs[@]}"; do
  "bin/$program" --gtest_brief=1 --gtest_filter='-*cuda*' > log || { tail -60 log; exit 1; }
done
cd ..
scripts/activation-table --check

minnow=build/bin/minnow
"$minnow" train --help > help
"$minnow" reference > tables
for name in squareplus log_cosh scale signum inverse_sqrt; do
  grep -q "\b$name\b" help && grep -q "\b$name\b" tables || { echo "$name is not in --help or the manual" >&2; exit 1; }
done
"$minnow" gradcheck --loss log_cosh --scale 0.5 --activation squareplus --hidden 16,8 --device cpu --quiet
"$minnow" train --dataset digits --loss log_cosh --scale 0.5 --activation squareplus --optimizer signum --schedule inverse_sqrt --epochs 2 \
  --set schedule.period=1 --set schedule.interval=epoch --out runs --device cpu --quiet --fail-below test/accuracy=0.5
grep -q '"lr":7.0710' runs/digits/metrics.jsonl || { echo "the second epoch's rate is not 1e-4 / sqrt(2)" >&2; exit 1; }
cd ..
rm -rf "$work"
echo "adding: ok"
