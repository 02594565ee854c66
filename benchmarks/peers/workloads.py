# SPDX-License-Identifier: Apache-2.0
"""The workloads that `minnow bench` times, and the clock that all Python peers share."""
import gzip
import json
import os
import sys
import time
from dataclasses import dataclass

THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(THREADS)

import numpy as np  # noqa: E402  (reads the thread count when it is loaded)

ROWS = 50_000
MNIST = os.path.join(os.environ.get("MINNOW_DATA", "data"), "mnist")


@dataclass(frozen=True)
class Workload:
    widths: tuple
    activation: str
    batch: int
    optimizer: str
    rate: float
    dropout: tuple = ()  # behind the first hidden layers
    decay: float = 0


WORKLOADS = {
    "W0": Workload((784, 128, 64, 10), "relu", 64, "sgd", 0.01),
    "W1": Workload((784, 100, 200, 10), "relu", 32, "sgd", 0.1),
    "W2": Workload((784, 7, 10), "relu", 64, "sgd", 0.2),
    "W3": Workload((128, 120, 112, 96, 64, 48, 32, 24, 16, 10), "elu", 32, "adam", 1e-3),
    "W4": Workload((784, 512, 512, 10), "relu", 128, "adam", 1e-3),
    "S1b": Workload((128, 120, 112, 96, 64, 48, 32, 24, 16, 10), "elu", 32, "adam", 1e-3, (0.25, 0.2, 0.15, 0.1, 0.05), 0.02),
}


def make_data(workload):
    """x[N, I] float32, labels[N] int64: MNIST in [0, 1] where it fits and is found, else noise or Gaussian clusters."""

    def read(name, offset):
        with gzip.open(os.path.join(MNIST, name + ".gz")) as file:
            return np.frombuffer(file.read(), np.uint8, offset=offset)

    if workload.widths[0] == 784 and os.path.isdir(MNIST):
        x = read("train-images-idx3-ubyte", 16).reshape(-1, 784)[:ROWS].astype(np.float32) / 255
        return x, read("train-labels-idx1-ubyte", 8)[:ROWS].astype(np.int64)
    random = np.random.default_rng(1)
    if workload.widths[0] != 784:
        centers = random.standard_normal((workload.widths[-1], workload.widths[0]), dtype=np.float32)
        labels = random.integers(0, workload.widths[-1], ROWS)
        return centers[labels] + random.standard_normal((ROWS, workload.widths[0]), dtype=np.float32), labels
    x = random.random((ROWS, workload.widths[0]), dtype=np.float32)
    return x, random.integers(0, workload.widths[-1], ROWS)


def batches(workload, permutation):
    """Rows of one step after another, epoch after epoch."""
    while True:
        for start in range(0, ROWS - workload.batch + 1, workload.batch):
            yield permutation[start:start + workload.batch]


def report(make_step):
    """`make_step(workload)` returns a function that takes one step; prints its microseconds as one JSON line."""
    if len(sys.argv) != 2 or sys.argv[1] not in WORKLOADS:
        sys.exit(f"usage: {sys.argv[0]} {'|'.join(WORKLOADS)}")
    step = make_step(WORKLOADS[sys.argv[1]])
    if step is None:  # the peer does not have the workload
        print(json.dumps({"us_per_step": None, "threads": THREADS}))
        return
    steps = 16
    while True:
        start = time.perf_counter()
        for _ in range(steps):
            step()
        elapsed = time.perf_counter() - start
        if elapsed > 0.5:
            break
        steps *= 2
    print(json.dumps({"us_per_step": elapsed / steps * 1e6, "threads": THREADS}))
