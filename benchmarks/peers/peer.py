# SPDX-License-Identifier: Apache-2.0
"""What all Python peers share: the command line, the comparison of their first losses with Minnow's, and the clock.

    PEER [--device cpu|cuda] [--rounds N] WORKLOAD...        $MINNOW_HANDOUT: the folder of `minnow bench --handout`

One JSON line per workload and variant. Nothing is timed before its losses are Minnow's.
"""
import argparse
import json
import os
import statistics
import time
from dataclasses import dataclass
from typing import Callable

THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(THREADS)

import numpy as np  # noqa: E402  (reads the thread count when it is loaded)

import handout  # noqa: E402

# Relative to the loss. On W0 to W4, numpy, PyTorch and JAX on a CPU were off by 1e-7 to 5e-7, and one of 132 models by
# 1e-5, where a relu's input near 0 falls to the other side. Products rounded to tf32's 10 bits may move a loss by 2^-11 a
# layer and step. A rule with bias corrections rounded to float was off by 4e-4, another order of rows by 1e-2 and more.
LIMITS = {"fp32": 1e-4, "tf32": 1e-2}


@dataclass
class Variant:
    name: str
    precision: str  # of products: fp32 or tf32
    losses: Callable  # n -> the losses of the first n steps, [n, M]
    start: Callable  # () -> (run, steps per run, wait): run() takes steps, wait() returns when the device is done


def loss_error(found, workload):
    """Largest relative difference; infinite where a loss is not a number. A batch without weight has the loss 0."""
    difference = np.abs(np.asarray(found, np.float64).reshape(workload.losses.shape) - workload.losses)
    error = np.max(difference / np.maximum(np.abs(workload.losses), 1e-30))
    return float(error) if np.isfinite(error) else float("inf")


def measure(variant, rounds, window):
    """Microseconds per step in each round of at least `window` seconds, after as long a warm-up."""
    run, steps, wait = variant.start()
    for _ in range(3):
        run()
    wait()
    calls = 1

    def elapsed():
        begin = time.perf_counter()
        for _ in range(calls):
            run()
        wait()
        return time.perf_counter() - begin

    while elapsed() < window:
        calls *= 2
    return [elapsed() / (calls * steps) * 1e6 for _ in range(rounds)]


def report(variant, workload, rounds, window):
    """The line of one variant; what it cannot do costs nobody else's line."""
    line = {"workload": workload.name, "variant": variant.name, "precision": variant.precision, "threads": THREADS}
    try:
        error = loss_error(variant.losses(len(workload.losses)), workload)
        limit = LIMITS[variant.precision]
        if not error <= limit:
            raise RuntimeError(f"its losses differ from Minnow's by {error:.2g} of their size, the limit is {limit:g}")
        times = measure(variant, rounds, window)
        line |= {"loss_error": error, "us_per_step": statistics.median(times), "best": min(times), "rounds": times}
    except Exception as failure:  # noqa: BLE001
        line["failed"] = f"{type(failure).__name__}: {failure}"[:300]
    return line


def main(variants_of):
    """`variants_of(workload, device)` gives the Variants; none where the peer does not have the workload."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--rounds", type=int, default=1, help="rounds per variant; bench itself goes round")
    parser.add_argument("--window", type=float, default=0.3, help="seconds of a round, at least")
    parser.add_argument("workloads", nargs="+", metavar="WORKLOAD")
    options = parser.parse_args()
    for name in options.workloads:
        workload = handout.load(name)
        variants = variants_of(workload, options.device) if workload else []
        for variant in variants:
            print(json.dumps(report(variant, workload, options.rounds, options.window)), flush=True)
        if not variants:
            print(json.dumps({"workload": name, "us_per_step": None}), flush=True)
