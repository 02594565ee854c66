#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/math/golden_*.inc: what PyTorch computes in float64, for tests/math/golden_test.cpp.

Needs PyTorch; the tests do not. Every number that Minnow holds as a float is rounded to float first.
usage: make_golden.py [FOLDER]
"""
import pathlib
import struct
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def f32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def write(folder, name, lines):
    header = "// SPDX-License-Identifier: Apache-2.0\n"
    header += f"// Written by scripts/make_golden.py with PyTorch {torch.__version__.split('+')[0]}, float64.\n// clang-format off\n"
    (folder / f"golden_{name}.inc").write_text(header + "\n".join(lines) + "\n")


ACTIVATIONS = [
    ("linear", (), lambda x: x * 1),
    ("relu", (), F.relu),
    ("relu6", (), F.relu6),
    ("leaky_relu", (0.01,), lambda x, a: F.leaky_relu(x, a)),
    ("leaky_relu", (0.3,), lambda x, a: F.leaky_relu(x, a)),
    ("elu", (1.0,), lambda x, a: F.elu(x, a)),
    ("elu", (0.3,), lambda x, a: F.elu(x, a)),
    ("selu", (), F.selu),
    ("celu", (1.0,), lambda x, a: F.celu(x, a)),
    ("celu", (0.3,), lambda x, a: F.celu(x, a)),
    ("gelu", (), F.gelu),
    ("gelu_tanh", (), lambda x: F.gelu(x, approximate="tanh")),
    ("silu", (), F.silu),
    ("hardswish", (), F.hardswish),
    ("mish", (), F.mish),
    ("sigmoid", (), torch.sigmoid),
    ("logsigmoid", (), F.logsigmoid),
    ("hardsigmoid", (), F.hardsigmoid),
    ("tanh", (), torch.tanh),
    ("tanhshrink", (), F.tanhshrink),
    ("hardtanh", (-1.0, 1.0), lambda x, a, b: F.hardtanh(x, a, b)),
    ("hardtanh", (-0.5, 2.5), lambda x, a, b: F.hardtanh(x, a, b)),
    ("softplus", (1.0,), lambda x, b: F.softplus(x, b)),
    ("softplus", (2.5,), lambda x, b: F.softplus(x, b)),
    ("softsign", (), F.softsign),
    ("softshrink", (0.5,), lambda x, a: F.softshrink(x, a)),
    ("softshrink", (0.25,), lambda x, a: F.softshrink(x, a)),
    ("hardshrink", (0.5,), lambda x, a: F.hardshrink(x, a)),
    ("hardshrink", (0.25,), lambda x, a: F.hardshrink(x, a)),
    ("threshold", (0.5, 2.5), lambda x, a, b: F.threshold(x, a, b)),
]
# The kinks of all of them, values between, and tails; exact in float.
INPUTS = [-90, -30, -20, -10, -6, -4, -3, -2.5, -1.5, -1, -0.75, -0.5, -0.25, -0.125, -2.0**-20, 0, 2.0**-20, 0.25,
          0.5, 1, 1.75, 2.5, 3, 6, 7.5, 12, 25, 90]


def activations(folder):
    lines = []
    for name, parameters, function in ACTIVATIONS:
        parameters = [f32(p) for p in parameters]
        # One element at a time: PyTorch 1.13's vector loop has another hardswish slope at 3 than its scalar loop.
        rows = []
        for value in INPUTS:
            x = torch.tensor([value], dtype=torch.float64, requires_grad=True)
            y = function(x, *parameters)
            rows.append((value, y.item(), torch.autograd.grad(y.sum(), x)[0].item()))
        alpha, beta = (parameters + [0.0, 0.0])[:2]
        for row in rows:
            lines.append(f"{{ActivationKind::{name}, {alpha!r}, {beta!r}, " + ", ".join(repr(float(v)) for v in row) + "},")
    write(folder, "activations", lines)


def losses(folder):
    rows = [[0.5, -1.25, 2.0, 0.0], [3.0, 3.0, 3.0, 3.0], [-100.0, 50.0, 0.0, 100.0], [1000.0, -1000.0, 0.25, 0.5]]
    labels = [1, 3, 0, 2]
    logits = torch.tensor(rows, requires_grad=True)
    per_row = F.cross_entropy(logits, torch.tensor(labels), reduction="none")
    gradient, = torch.autograd.grad(F.cross_entropy(logits, torch.tensor(labels)), logits)
    lines = []
    for values, label, loss, slopes in zip(rows, labels, per_row.tolist(), gradient.tolist()):
        lines.append(f"{{{{{', '.join(map(repr, values))}}}, {label}, {loss!r}, {{{', '.join(map(repr, slopes))}}}}},")
    write(folder, "cross_entropy", lines)
    y = torch.tensor([0.5, -2.0, 1.0, 30.0, 0.0, 1.5], requires_grad=True)
    target = torch.tensor([0.25, 2.0, 1.0, -1.0, 0.125, 1.25])
    per_element = F.mse_loss(y, target, reduction="none")
    gradient, = torch.autograd.grad(F.mse_loss(y, target), y)
    write(folder, "mse", ["{" + ", ".join(repr(v) for v in row) + "}," for row in
                          zip(y.tolist(), target.tolist(), per_element.tolist(), gradient.tolist())])


WARMUP, STEPS = 5, 40
# name, Optimizer fields, torch.optim constructor
OPTIMIZERS = [
    ("sgd", dict(learning_rate=0.1), lambda p, o: torch.optim.SGD(p, o["learning_rate"])),
    ("sgd", dict(learning_rate=0.1, momentum=0.9, weight_decay=0.05),
     lambda p, o: torch.optim.SGD(p, o["learning_rate"], momentum=o["momentum"], weight_decay=o["weight_decay"])),
    ("sgd", dict(learning_rate=0.1, momentum=0.9, nesterov=True),
     lambda p, o: torch.optim.SGD(p, o["learning_rate"], momentum=o["momentum"], nesterov=True)),
    ("rmsprop", dict(learning_rate=0.01, alpha=0.85),
     lambda p, o: torch.optim.RMSprop(p, o["learning_rate"], alpha=o["alpha"], eps=f32(1e-8))),
    ("rmsprop", dict(learning_rate=0.01, momentum=0.8, weight_decay=0.05, epsilon=1e-3),
     lambda p, o: torch.optim.RMSprop(p, o["learning_rate"], alpha=f32(0.99), eps=o["epsilon"], momentum=o["momentum"],
                                      weight_decay=o["weight_decay"])),
    ("adam", dict(learning_rate=0.01),
     lambda p, o: torch.optim.Adam(p, o["learning_rate"], betas=(f32(0.9), f32(0.999)), eps=f32(1e-8))),
    ("adam", dict(learning_rate=0.01, beta1=0.8, beta2=0.95, weight_decay=0.05, epsilon=1e-3),
     lambda p, o: torch.optim.Adam(p, o["learning_rate"], betas=(o["beta1"], o["beta2"]), eps=o["epsilon"],
                                   weight_decay=o["weight_decay"])),
    ("adamw", dict(learning_rate=0.01, weight_decay=0.5),
     lambda p, o: torch.optim.AdamW(p, o["learning_rate"], betas=(f32(0.9), f32(0.999)), eps=f32(1e-8),
                                    weight_decay=o["weight_decay"])),
]
START = [1.0, -0.5, 0.25, 0.0, 3.0]


def gradient(step, i):
    """Exact in float: multiples of 1/64 of changing sign, and zeros."""
    return ((step * 37 + i * 11) % 129 - 64) / 64 * (i != 3 or step % 4 == 0)


def optimizers(folder):
    lines = []
    for name, fields, make in OPTIMIZERS:
        fields = {k: v if v is True else f32(v) for k, v in fields.items()}
        parameters = torch.tensor(START, requires_grad=True)
        optimizer = make([parameters], fields)
        for step in range(20):
            parameters.grad = torch.tensor([gradient(step, i) for i in range(len(START))])
            optimizer.step()
            if step in (0, 1, 2, 19):
                values = ", ".join(repr(v) for v in parameters.tolist())
                lines.append(f"{{make_rule(OptimizerKind::{name}, [](Optimizer& o) {{ "
                             + " ".join(f"o.{k} = {'true' if v is True else f'{v!r}f'};" for k, v in fields.items())
                             + f" }}), {step + 1}, {{{values}}}}},")
    write(folder, "optimizers", lines)


def schedules(folder):
    base, minimum, gamma, period = f32(0.1), f32(0.001), f32(0.3), 7
    length = STEPS - WARMUP
    lines = []
    scheduler = torch.optim.lr_scheduler
    kinds = {
        "constant": lambda o: scheduler.ConstantLR(o, 1.0),
        "step": lambda o: scheduler.StepLR(o, period, gamma),
        "cosine": lambda o: scheduler.CosineAnnealingLR(o, length, minimum),
    }
    for name, make in kinds.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], base)
        # torch's schedules start at the base rate: one after the other here, by hand.
        warmup = [base * (t + 1) / WARMUP for t in range(WARMUP)]
        schedule = make(optimizer)
        rates = []
        for _ in range(length):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        for step, rate in enumerate(warmup + rates):
            lines.append(f"{{{{ScheduleKind::{name}, {gamma!r}f, {minimum!r}f, {period}, {WARMUP}, {STEPS}}}, {step}, {rate!r}}},")
    write(folder, "schedules", lines)


NORM_ROWS, NORM_COLS, NORM_STEPS = 5, 3, 2


def norm_value(step, i, salt):
    """Exact in float, and made alike in tests/ops/normalization_test.cpp."""
    return ((step * 41 + i * 29 + salt * 53) % 127 - 63) / 32


def normalizations(folder):
    """Two training steps of batch_norm on one batch each, then inference; one of layer_norm. One line per tensor."""
    def tensor(rows, step, salt):
        return torch.tensor([[norm_value(step, r * NORM_COLS + c, salt) for c in range(NORM_COLS)] for r in range(rows)])

    lines = []
    for epsilon, momentum in ((1e-5, 0.1), (0.125, 0.5)):
        batch_norm = torch.nn.BatchNorm1d(NORM_COLS, eps=f32(epsilon), momentum=f32(momentum))
        layer_norm = torch.nn.LayerNorm(NORM_COLS, eps=f32(epsilon))
        for norm in (batch_norm, layer_norm):
            norm.weight.data = tensor(1, 0, 1)[0]
            norm.bias.data = tensor(1, 0, 2)[0]
        for step in range(NORM_STEPS):
            for kind, norm in (("batch_norm", batch_norm), ("layer_norm", layer_norm)):
                x = tensor(NORM_ROWS, step, 3).requires_grad_()
                norm.zero_grad()
                y = norm(x)
                y.backward(tensor(NORM_ROWS, step, 4))
                values = [y.detach(), x.grad, norm.weight.grad, norm.bias.grad]
                if kind == "batch_norm":
                    inference = torch.nn.functional.batch_norm(
                        x.detach(), norm.running_mean, norm.running_var, norm.weight.detach(), norm.bias.detach(),
                        eps=norm.eps)
                    values += [norm.running_mean, norm.running_var, inference]
                flat = [repr(v) for value in values for v in value.flatten().tolist()]
                lines.append(f"{{LayerKind::{kind}, {f32(epsilon)!r}f, {f32(momentum)!r}f, {step}, {{{', '.join(flat)}}}}},")
    write(folder, "normalizations", lines)


def main():
    default = pathlib.Path(__file__).resolve().parent.parent / "tests" / "math"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    activations(folder)
    losses(folder)
    optimizers(folder)
    schedules(folder)
    normalizations(folder)


if __name__ == "__main__":
    main()
