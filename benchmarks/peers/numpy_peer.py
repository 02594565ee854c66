#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A training step written in numpy, float32. See peer.py."""
import peer
import numpy as np

ACTIVATIONS = {  # forward, and the slope from the output
    "linear": (lambda z: z, lambda y: np.float32(1)),
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
    """A function of a batch's rows that takes one step and returns the mean loss before it."""
    x, labels, layers = workload.x, workload.labels, workload.dense
    weights, biases = [layer.w[0].copy() for layer in layers], [layer.b[0].copy() for layer in layers]
    functions = [ACTIVATIONS[layer.activation] for layer in layers]
    optimizer = {"sgd": Sgd, "adam": Adam}[workload.optimizer](weights + biases, workload.lr)
    range_of_batch = np.arange(workload.batch)

    def step(rows):
        outputs = [x[rows]]
        for w, b, (forward, _) in zip(weights, biases, functions):
            outputs.append(forward(outputs[-1] @ w + b))
        shifted = outputs[-1] - outputs[-1].max(axis=1, keepdims=True)
        exponentials = np.exp(shifted)
        sums = exponentials.sum(axis=1, keepdims=True)
        loss = np.mean(np.log(sums[:, 0]) - shifted[range_of_batch, labels[rows]])
        dz = exponentials / sums
        dz[range_of_batch, labels[rows]] -= 1
        dz /= np.float32(workload.batch)
        weight_gradients, bias_gradients = [], []
        for layer in reversed(range(len(weights))):
            weight_gradients.insert(0, outputs[layer].T @ dz)
            bias_gradients.insert(0, dz.sum(axis=0))
            if layer:
                dz = (dz @ weights[layer].T) * functions[layer - 1][1](outputs[layer])
        optimizer.apply(weight_gradients + bias_gradients)
        return loss

    return step


def variants(workload, device):
    if device != "cpu" or workload.models > 1 or workload.dropout or workload.weight_decay:
        return []
    batches = workload.batches()[:, 0]

    def losses(count):
        step = make_step(workload)
        return [step(rows) for rows in batches[:count]]

    def start():
        step, place = make_step(workload), [0]

        def run():
            step(batches[place[0]])
            place[0] = (place[0] + 1) % len(batches)

        return run, 1, lambda: None

    return [peer.Variant("", "fp32", losses, start)]


peer.main(variants)
