#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A training step written in numpy, float32: numpy_peer.py W0. Threads: OMP_NUM_THREADS, 1 if unset."""
import workloads
import numpy as np

ACTIVATIONS = {  # forward, and the slope from the output
    "relu": (lambda z: np.maximum(z, 0), lambda y: y > 0),
    "elu": (lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))), lambda y: np.where(y > 0, np.float32(1), y + 1)),
}


class Sgd:
    def __init__(self, parameters, rate):
        self.parameters, self.rate = parameters, np.float32(rate)

    def apply(self, gradients):
        for parameter, gradient in zip(self.parameters, gradients):
            parameter -= self.rate * gradient


class Adam:
    def __init__(self, parameters, rate):
        self.parameters, self.rate, self.steps = parameters, rate, 0
        self.means = [np.zeros_like(p) for p in parameters]
        self.squares = [np.zeros_like(p) for p in parameters]

    def apply(self, gradients):
        self.steps += 1
        rate = np.float32(self.rate / (1 - 0.9**self.steps))
        correction = np.float32(1 / (1 - 0.999**self.steps))
        for p, g, m, v in zip(self.parameters, gradients, self.means, self.squares):
            m += np.float32(0.1) * (g - m)
            v += np.float32(0.001) * (g * g - v)
            p -= rate * m / (np.sqrt(v * correction) + np.float32(1e-8))


def make_step(workload):
    if workload.dropout or workload.decay:
        return None
    random = np.random.default_rng(1)
    x, labels = workloads.make_data(workload)
    forward, slope = ACTIVATIONS[workload.activation]
    shapes = list(zip(workload.widths, workload.widths[1:]))
    weights = [random.standard_normal(s, dtype=np.float32) * np.float32(np.sqrt(2 / s[0])) for s in shapes]
    biases = [np.zeros(s[1], np.float32) for s in shapes]
    optimizer = {"sgd": Sgd, "adam": Adam}[workload.optimizer](weights + biases, workload.rate)
    rows = workloads.batches(workload, random.permutation(workloads.ROWS))
    range_of_batch = np.arange(workload.batch)

    def step():
        batch = next(rows)
        outputs = [x[batch]]
        for layer, (w, b) in enumerate(zip(weights, biases)):
            z = outputs[-1] @ w + b
            outputs.append(forward(z) if layer + 1 < len(weights) else z)
        shifted = np.exp(outputs[-1] - outputs[-1].max(axis=1, keepdims=True))
        dz = shifted / shifted.sum(axis=1, keepdims=True)
        dz[range_of_batch, labels[batch]] -= 1
        dz /= np.float32(workload.batch)
        weight_gradients, bias_gradients = [], []
        for layer in reversed(range(len(weights))):
            weight_gradients.insert(0, outputs[layer].T @ dz)
            bias_gradients.insert(0, dz.sum(axis=0))
            if layer:
                dz = (dz @ weights[layer].T) * slope(outputs[layer])
        optimizer.apply(weight_gradients + bias_gradients)

    return step


workloads.report(make_step)
