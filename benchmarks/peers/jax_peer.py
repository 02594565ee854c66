#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""JAX's training step, compiled: an epoch as one lax.scan, and one call per step; several models by vmap. See peer.py."""
import math
import os

import peer

if peer.THREADS == 1:  # XLA takes all cores unless it is told; its Eigen products follow this flag
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

ACTIVATIONS = {"relu": jax.nn.relu, "elu": jax.nn.elu, "linear": lambda z: z}
PRECISION = "highest"  # float32; by default JAX rounds products to tf32 on a GPU that can


class Program:
    """step(state, rows, data) -> (state, loss) for one model, or for M of them with rows [M, B]. Data are an argument
    everywhere: as constants of a program they would be compiled into it."""

    def __init__(self, workload, device):
        self.workload = workload
        place = jax.devices("gpu" if device == "cuda" else "cpu")[0]
        many = workload.models > 1

        def put(array):
            return jax.device_put(jnp.asarray(array), place)

        batches = workload.batches().astype("int32")  # [steps, M, B]
        self.batches = put(batches if many else batches[:, 0])
        self.data = (put(workload.x), put(workload.labels.astype("int32")))
        pick = slice(None) if many else 0
        self.parameters = [(put(layer.w[pick]), put(layer.b[pick])) for layer in workload.dense]
        self.activations = [ACTIVATIONS[layer.activation] for layer in workload.dense]
        one = {"sgd": self.sgd, "adam": self.adam}[workload.optimizer]
        self.step = self.side_by_side(one) if many else one

    def loss(self, parameters, rows, data):
        x, labels = data
        h = x[rows]
        for (w, b), activation in zip(parameters, self.activations):
            h = activation(jnp.dot(h, w, precision=PRECISION) + b)
        picked = jnp.take_along_axis(jax.nn.log_softmax(h), labels[rows][:, None], axis=1)
        return -jnp.mean(picked)

    def start(self):
        zeros = jax.tree.map(jnp.zeros_like, self.parameters)
        return self.parameters if self.workload.optimizer == "sgd" else (self.parameters, zeros, zeros, jnp.float32(0))

    def sgd(self, parameters, rows, data):
        loss, gradients = jax.value_and_grad(self.loss)(parameters, rows, data)
        return jax.tree.map(lambda w, g: w - self.workload.lr * g, parameters, gradients), loss

    def adam(self, state, rows, data):
        parameters, means, squares, steps = state
        loss, gradients = jax.value_and_grad(self.loss)(parameters, rows, data)
        steps = steps + 1
        means = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, means, gradients)
        squares = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, squares, gradients)
        # 1 - 0.999**steps in float32 is off by 6e-5 at first, which moved the losses of W4 by 4e-4.
        first, second = -jnp.expm1(steps * math.log(0.9)), -jnp.expm1(steps * math.log(0.999))

        def updated(w, m, v):
            return w - self.workload.lr * (m / first) / (jnp.sqrt(v / second) + 1e-8)

        return (jax.tree.map(updated, parameters, means, squares), means, squares, steps), loss

    def side_by_side(self, one):
        if self.workload.optimizer == "sgd":
            return jax.vmap(one, in_axes=(0, 0, None))
        state = (0, 0, 0, None)  # the step counter is everybody's
        return jax.vmap(one, in_axes=(state, 0, None), out_axes=(state, 0))


def scan_variant(workload, device):
    program = Program(workload, device)

    def losses(count):
        def first_steps(state, batches, data):
            return jax.lax.scan(lambda s, rows: program.step(s, rows, data), state, batches)[1]

        return jax.jit(first_steps)(program.start(), program.batches[:count], program.data)

    def start():
        def epoch(state, batches, data):
            return jax.lax.scan(lambda s, rows: (program.step(s, rows, data)[0], None), state, batches)[0]

        compiled, box = jax.jit(epoch), [program.start()]

        def run():
            box[0] = compiled(box[0], program.batches, program.data)

        return run, len(program.batches), lambda: jax.block_until_ready(box[0])

    return peer.Variant("vmap scan" if workload.models > 1 else "scan", "fp32", losses, start)


def step_variant(workload, device):
    program = Program(workload, device)
    one = jax.jit(lambda state, place, batches, data: program.step(state, batches[place], data))

    def losses(count):
        state, found = program.start(), []
        for place in range(count):
            state, loss = one(state, place, program.batches, program.data)
            found.append(float(loss))
        return found

    def start():
        box = [program.start(), 0]

        def run():
            box[0] = one(box[0], box[1], program.batches, program.data)[0]
            box[1] = (box[1] + 1) % len(program.batches)

        return run, 1, lambda: jax.block_until_ready(box[0])

    return peer.Variant("per step", "fp32", losses, start)


def variants(workload, device):
    if workload.dropout or workload.weight_decay:
        return []
    found = [scan_variant(workload, device)]
    if workload.models == 1:
        found.append(step_variant(workload, device))
    return found


peer.main(variants)
