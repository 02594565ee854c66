#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scripts/gpu-check without a GPU: a pretended nvidia-smi, and in the device's place the emulation, small stand-ins and, for
# trainings and benchmarks, the CPU.
# Usage: gpu_check_test.sh SOURCE_DIR BIN_DIR     BIN_DIR holds minnow and cuda_tests_emulated
set -euo pipefail
check=$1/scripts/gpu-check bin=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $1" >&2; exit 1; }
expect() { # code, what, command...
  local code=0 expected=$1 what=$2
  shift 2
  "$@" > "$work/log" 2>&1 || code=$?
  [ "$code" -eq "$expected" ] || { cat "$work/log" >&2; fail "$what: exit code $code, expected $expected"; }
}
value() { # file, Python expression of `d`
  python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$work/out/$1.json" "$2"
}
is() { # file, expression, expected
  local found
  found=$(value "$1" "$2") || fail "$1.json is no JSON, or has no $2"
  [ "$found" = "$3" ] || fail "$1.json: $2 is $found, expected $3"
}

# The phases of a loan of ten minutes fit into it by their own limits.
sum=$("$check" --limits | awk '/^(facts|tests|bits|ceilings|bench) / { sum += $2; ++n } END { print n == 5 ? sum : 9999 }')
[ "$sum" -le 330 ] || fail "the limits of facts tests bits ceilings bench are $sum s, at most 330 are allowed"
expect 0 help "$check" --help
for part in facts tests bits ceilings bench profile sanitize --limits; do grep -q -- "$part" "$work/log" || fail "help lacks $part"; done

# Programs and tools that stand in.
programs=$work/bin tools=$work/tools
mkdir -p "$programs" "$tools"
ln -s "$bin/minnow" "$programs/minnow"
ln -s "$bin/cuda_tests_emulated" "$programs/cuda_tests"
cat > "$tools/nvidia-smi" << 'TOOL'
#!/bin/sh
case "$*" in *--query-gpu=name*) echo "Pretended GPU \"7\"" ;; *) echo "driver 580" ;; esac
TOOL
cat > "$tools/compute-sanitizer" << 'TOOL'
#!/bin/sh
while [ "$1" != "${1#--}" ]; do [ "$1" = --tool ] || [ "$1" = --error-exitcode ] && shift; shift; done
exec "$@"
TOOL
cat > "$tools/ncu" << 'TOOL'
#!/bin/sh
cat << 'CSV'
==PROF== Connected
"ID","Process ID","Process Name","Host Name","Kernel Name","Context","Stream","Block Size","Grid Size","Device","CC","Section Name","Metric Name","Metric Unit","Metric Value"
"0","1","minnow","127.0.0.1","void a_kernel<Shape<5>, 0>(Product, int)","1","14","(512, 1, 1)","(32, 1, 1)","0","9.0","Command line","gpu__time_duration.sum","ns","7,936"
"1","1","minnow","127.0.0.1","void a_kernel<Shape<5>, 0>(Product, int)","1","14","(512, 1, 1)","(32, 1, 1)","0","9.0","Command line","gpu__time_duration.sum","ns","8,064"
"1","1","minnow","127.0.0.1","void a_kernel<Shape<5>, 0>(Product, int)","1","14","(512, 1, 1)","(32, 1, 1)","0","9.0","Command line","launch__grid_size","","32"
CSV
TOOL
cat > "$programs/ceilings" << 'PROGRAM'
#!/bin/sh
echo '{"what": "graph node", "us": 0.5}'
PROGRAM
chmod +x "$tools"/* "$programs/ceilings"

expect 2 "no phase" "$check" --programs "$programs"
expect 2 "an unknown phase" "$check" --programs "$programs" facts nothing
expect 2 "no programs" "$check" --programs "$tools" facts
run=("$check" --programs "$programs" --output "$work/out" --slack 10 --filter '*RecordTest.RecordedEqualsDirect*cuda_strict*')

# Without a GPU the facts are written all the same, and say so; what needs one is refused.
expect 4 "no GPU" "${run[@]}" facts tests
grep -q "no GPU answers nvidia-smi, and tests needs one" "$work/log" || fail "the refusal does not say what is missing"
is facts 'd["outcome"]' failed
is facts 'd["gpu"], d["programs"]' "('none', ['minnow', 'cuda_tests'])"
[ ! -e "$work/out/tests.json" ] || fail "tests ran without a GPU"

export PATH=$tools:$PATH
expect 0 "all that can be pretended" "${run[@]}" facts tests ceilings profile sanitize
for phase in facts tests ceilings profile sanitize; do is "$phase" 'd["outcome"], d["failures"]' "('passed', [])"; done
is facts 'd["gpu"]' 'Pretended GPU "7"'
is facts 'd["doctor"][0]["build"]["version"] != ""' True
is tests 'd["passed"] > 0, d["failed"], d["skipped"], d["unfinished"]' "(True, 0, 0, 0)"
is ceilings 'd["measured"]' "[{'what': 'graph node', 'us': 0.5}]"
is profile 'd["kernels"][0]["kernels"]' "[{'kernel': 'void a_kernel<Shape<5>, 0>', 'mean_us': 8.0, 'launches': 2}]"
is profile 'len(d["kernels"])' 6
is sanitize 'd["racecheck"]["cases"] > 0, d["racecheck"]["exit"]' "(True, 0)"

# A case that fails, one that is skipped and a program that dies are named.
cat > "$programs/more_tests" << 'PROGRAM'
#!/bin/sh
case "$*" in *--gtest_list_tests*) printf 'A.\n  Fails/cuda\n  IsSkipped/cuda\n  Dies/cuda\n'; exit 0 ;; esac
echo "[ RUN      ] A.Fails/cuda"
echo "file.cpp:3: 1 is not \"2\""
echo "[  FAILED  ] A.Fails/cuda, where GetParam() = cuda (3 ms)"
echo "[ RUN      ] A.IsSkipped/cuda"
echo "[  SKIPPED ] A.IsSkipped/cuda (0 ms)"
echo "[ RUN      ] A.Dies/cuda"
exit 139
PROGRAM
chmod +x "$programs/more_tests"
expect 1 "failing tests" "${run[@]}" tests
is tests 'd["outcome"], d["failed"], d["skipped"], d["unfinished"]' "('failed', 1, 1, 1)"
is tests '[f.split(" ")[:2] for f in sorted(d["failures"])][:2]' "[['exit', 'code:'], ['failed', 'A.Fails/cuda']]"
is tests 'any("1 is not \"2\"" in f for f in d["failures"])' True
cat > "$programs/more_tests" << 'PROGRAM'
#!/bin/sh
echo "libmissing.so: cannot open shared object file" >&2
exit 127
PROGRAM
expect 1 "a test program that does not start" "${run[@]}" tests
is tests 'd["outcome"], d["failures"]' "('failed', ['exit code: more_tests (its list of cases) 127'])"
rm "$programs/more_tests"

# A phase that hangs is ended, its processes with it, and what it had measured is there.
cat > "$programs/ceilings" << 'PROGRAM'
#!/bin/sh
echo '{"what": "graph node", "us": 0.5}'
sleep 61.25 &
wait
PROGRAM
expect 1 "a phase that hangs" "$check" --programs "$programs" --output "$work/out" --slack 0.1 ceilings
is ceilings 'd["outcome"], len(d["measured"]), d["limit_s"]' "('timed out', 1, 1.5)"
! pgrep -f "sleep 61.25" > /dev/null || fail "what a phase had started runs on"
mkdir "$work/hanging"
cat > "$work/hanging/minnow" << PROGRAM
#!/bin/sh
[ "\$1" = bench ] || exec "$bin/minnow" "\$@"
echo '{"workloads": []}'
exec sleep 61.5
PROGRAM
chmod +x "$work/hanging/minnow"
expect 1 "a benchmark that hangs" "$check" --programs "$work/hanging" --output "$work/out" --slack 0.01 --device cpu bench
is bench 'd["outcome"], len(d["minnow_strict"])' "('timed out', 1)"
! pgrep -f "sleep 61.5" > /dev/null || fail "what a contestant had started runs on"

# On the CPU: one workload is timed, its peers are run or their absence is said; and where MNIST is there, bits are compared.
rehearse=("$check" --programs "$programs" --output "$work/out" --slack 10 --device cpu --workloads W2)
"${rehearse[@]}" bench > "$work/log" 2>&1 || true
is bench 'd["device"], d["minnow_strict"][0]["workloads"][0]["name"], len(d["minnow_strict_again"])' "('cpu', 'W2', 1)"
is bench 'any(line.startswith("minnow strict ") for line in d["table"])' True
is bench 'd["outcome"] == "passed" or any(f.startswith(("torch: ", "jax: ")) for f in d["failures"])' True
if compgen -G "${MINNOW_DATA:-$1/data}/mnist/train-images*" > /dev/null; then
  expect 0 "bits on the CPU" "${rehearse[@]}" bits
  is bits 'd["outcome"], len(d["runs"]), d["runs"][0]["weights_hash"]' "('passed', 12, '9d99e62ade40da32')"
  is bits 'all(0.8 < r["test_accuracy"] < 1 and r["seconds"] > 0 for r in d["runs"])' True
fi
echo "gpu-check: passed"
