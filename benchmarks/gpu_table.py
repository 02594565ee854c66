#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the phase bench of scripts/gpu-check measured, as a table: gpu_table.py FOLDER

FOLDER holds minnow.*.jsonl and torch.jsonl, jax.jsonl. A peer's line has a time only where its first losses were
Minnow's (benchmarks/peers/peer.py), so every ratio here is of programs that train alike.
"""
import json
import os
import sys


def objects(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.startswith("{")]


def minnow_times(folder, label):
    """Workload -> median us per step on the device that was asked for."""
    times = {}
    for result in objects(os.path.join(folder, f"minnow.{label}.jsonl")):
        for workload in result["workloads"]:
            models = workload["models"]
            name = workload["name"] if models == 1 else f"{workload['name']}x{models}"
            times[name] = workload["timings"][-1]["us_per_step"]
    return times


def peer_times(folder, peer):
    """Variant -> workload -> median us per step."""
    times = {}
    for line in objects(os.path.join(folder, peer + ".jsonl")):
        if line.get("us_per_step"):
            times.setdefault(f"{peer} {line['variant']}", {})[line["workload"]] = line["us_per_step"]
    return times


def table(folder):
    rows = {}
    for numerics in ("strict", "fast"):
        one, many = minnow_times(folder, numerics), minnow_times(folder, numerics + "_132")
        rows[f"minnow {numerics}"] = one | many
    again = minnow_times(folder, "strict_again")
    rows["minnow strict, again"] = again
    peers = peer_times(folder, "torch") | peer_times(folder, "jax")
    rows |= peers
    workloads = list(dict.fromkeys(name for times in rows.values() for name in times))
    yield f"{'us per step':<24}" + "".join(f"{name:>10}" for name in workloads)
    for name, times in rows.items():
        yield f"{name:<24}" + "".join(f"{times[w]:>10.1f}" if w in times else f"{'-':>10}" for w in workloads)
    yield "the best of each framework in fp32, in multiples of minnow strict:"
    for framework in ("torch", "jax"):
        cells = []
        for workload in workloads:
            times = [t[workload] for name, t in peers.items()
                     if name.startswith(framework) and "tf32" not in name and workload in t]
            own = rows["minnow strict"].get(workload)
            cells.append(f"{min(times) / own:>10.2f}" if times and own else f"{'-':>10}")
        yield f"{framework:<24}" + "".join(cells)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for row in table(sys.argv[1]):
        print(row)
