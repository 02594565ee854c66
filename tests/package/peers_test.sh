#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The Python peers start as Minnow does and are timed only where their losses are Minnow's.
# Usage: peers_test.sh SOURCE_DIR MINNOW     exit code 77: no Python with numpy
set -euo pipefail
peers=$1/benchmarks/peers minnow=$2
for python in python3 /usr/bin/python3; do
  if "$python" -c 'import numpy' 2> /dev/null; then break; fi
  python=""
done
[ -n "$python" ] || { echo "no Python with numpy: not tested"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $1" >&2; exit 1; }
has() { # module
  "$python" -c "import $1" 2> /dev/null
}

commands=(--peer "numpy=$python $peers/numpy_peer.py --window 0.01")
! has torch || commands+=(--peer "torch=$python $peers/torch_peer.py --window 0.01")
! has jax || commands+=(--peer "jax=$python $peers/jax_peer.py --window 0.01")
bench=("$minnow" bench --device cpu --threads 1 --rounds 3 --steps 2 --dataset noise --quiet --json --handout "$work/handout")
"${bench[@]}" W2 W3 "${commands[@]}" > "$work/result.json"
"$python" - "$work/result.json" $((${#commands[@]} / 2)) << 'PY'
import json, sys
for workload in json.load(open(sys.argv[1]))["workloads"]:
    assert len(workload["peers"]) >= int(sys.argv[2]), workload["peers"]
    for peer in workload["peers"]:
        assert peer["us_per_step"] > 0 and 0 <= peer["loss_error"] < 1e-4, peer
PY

# What a peer does not have, it says; one that starts otherwise is refused by name, and the others are timed.
"${bench[@]}" W2 --models 2 "${commands[@]:0:2}" | grep -q '"peers":\[\]' || fail "numpy cannot train two models at once"
cat > "$work/other_start.py" << 'PY'
import sys
sys.path.insert(0, sys.argv.pop(1))
import handout
load = handout.load
def other_start(name):
    workload = load(name)
    workload.order = workload.order[:, ::-1]
    return workload
handout.load = other_start
import numpy_peer
PY
code=0
"${bench[@]}" W2 --peer "other=$python $work/other_start.py $peers --window 0.01" > "$work/other.json" 2> "$work/other.err" || code=$?
[ "$code" -eq 3 ] || fail "a peer with another order: exit code $code, expected 3"
grep -q "its losses differ from Minnow's by" "$work/other.err" || fail "the message does not say why: $(cat "$work/other.err")"
grep -q '"times_minnow"' "$work/other.json" && fail "a ratio to a peer with another order"
echo "peers: passed"
