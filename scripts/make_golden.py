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


LOGITS = [[0.5, -1.25, 2.0, 0.0], [3.0, 3.0, 3.0, 3.0], [-100.0, 50.0, 0.0, 100.0], [1000.0, -1000.0, 0.25, 0.5],
          [1e4, -1e4, 1e4, 0.0], [-0.125, 0.25, -0.75, 0.625]]
LABELS = [1, 3, 0, 2, 1, 0]
CLASS_WEIGHTS = [0.5, 2.0, 0.0, 1.25]
SAMPLE_WEIGHTS = [1.0, 0.25, 3.0, 0.0, 0.5, 2.0]
SMOOTHING = f32(0.1)
OUTPUTS = [[0.5, -2.0, 1.0], [30.0, 0.0, 1.5], [1e4, -1e4, 0.25], [-0.75, 8.0, -40.0]]
TARGETS = [[0.25, 1.0, 1.0], [0.0, 0.125, 0.5], [0.0, 1.0, 0.875], [0.75, 1.0, 0.0]]
ELEMENTWISE = [
    ("bce", 1.0, lambda y, t: F.binary_cross_entropy_with_logits(y, t, reduction="none")),
    ("mse", 1.0, lambda y, t: F.mse_loss(y, t, reduction="none")),
    ("mae", 1.0, lambda y, t: F.l1_loss(y, t, reduction="none")),
    ("huber", 1.0, lambda y, t: F.huber_loss(y, t, reduction="none", delta=1.0)),
    ("huber", 2.5, lambda y, t: F.huber_loss(y, t, reduction="none", delta=2.5)),
]


def flat(values):
    return "{" + ", ".join(repr(v) for v in values) + "}"


def losses(folder):
    """PyTorch's means; with sample weights s, the sum of s_i loss_i over the sum of s_i w_i, w_i the label's weight."""
    labels = torch.tensor(LABELS)
    lines = []
    for smoothing in (0.0, SMOOTHING):
        for class_weights in (None, CLASS_WEIGHTS):
            for sample_weights in (None, SAMPLE_WEIGHTS):
                logits = torch.tensor(LOGITS, requires_grad=True)
                weight = None if class_weights is None else torch.tensor(class_weights)
                options = dict(weight=weight, label_smoothing=smoothing)
                if sample_weights is None:
                    loss = F.cross_entropy(logits, labels, **options)
                else:
                    rows = torch.tensor(sample_weights)
                    total = (rows if weight is None else rows * weight[labels]).sum()
                    loss = (rows * F.cross_entropy(logits, labels, reduction="none", **options)).sum() / total
                slopes = torch.autograd.grad(loss, logits)[0].flatten().tolist()
                lines.append(f"{{{smoothing!r}, {str(class_weights is not None).lower()}, "
                             f"{str(sample_weights is not None).lower()}, {loss.item()!r}, {flat(slopes)}}},")
    write(folder, "cross_entropy", lines)
    lines = []
    for name, delta, function in ELEMENTWISE:
        for sample_weights in (None, SAMPLE_WEIGHTS[:len(OUTPUTS)]):
            y = torch.tensor(OUTPUTS, requires_grad=True)
            rows = torch.ones(len(OUTPUTS)) if sample_weights is None else torch.tensor(sample_weights)
            loss = (rows[:, None] * function(y, torch.tensor(TARGETS))).sum() / (rows.sum() * y.shape[1])
            slopes = torch.autograd.grad(loss, y)[0].flatten().tolist()
            lines.append(f"{{LossKind::{name}, {delta!r}, {str(sample_weights is not None).lower()}, {loss.item()!r}, "
                         f"{flat(slopes)}}},")
    write(folder, "elementwise_losses", lines)
    inputs = [f"constexpr float golden_{name}[] = {flat(v for row in rows for v in row).replace('e+', 'e')};" for name, rows in
              (("logits", LOGITS), ("outputs", OUTPUTS), ("targets", TARGETS))]
    inputs += [f"constexpr std::int32_t golden_labels[] = {flat(LABELS)};",
               f"constexpr float golden_class_weights[] = {flat(CLASS_WEIGHTS)};",
               f"constexpr float golden_sample_weights[] = {flat(SAMPLE_WEIGHTS)};"]
    write(folder, "loss_inputs", inputs)


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


def main():
    default = pathlib.Path(__file__).resolve().parent.parent / "tests" / "math"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    activations(folder)
    losses(folder)
    optimizers(folder)
    schedules(folder)


if __name__ == "__main__":
    main()
