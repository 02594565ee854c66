#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/math/golden_*.inc: what PyTorch computes in float64, for golden_test.cpp and its like.

Needs PyTorch; the tests do not. Every number that Minnow holds as a float is rounded to float first. What PyTorch lacks
(Lion, NAdam as of PyTorch 2, RMSProp with epsilon under the root) stands here, after its source.
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


class Lion(torch.optim.Optimizer):
    """Chen et al. (2023), algorithm 2."""

    def __init__(self, params, lr, betas, weight_decay):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                m = state.setdefault("m", torch.zeros_like(p))
                beta1, beta2 = group["betas"]
                c = beta1 * m + (1 - beta1) * p.grad
                p -= group["lr"] * (torch.sign(c) + group["weight_decay"] * p)
                state["m"] = beta2 * m + (1 - beta2) * p.grad


class NAdam(torch.optim.Optimizer):
    """torch.optim.NAdam as documented and as of PyTorch 2; 1.13 has mu_t twice in the product up to t + 1."""

    def __init__(self, params, lr, betas, eps, weight_decay, momentum_decay):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, psi=momentum_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                beta1, beta2 = group["betas"]
                t = state["t"] = state.get("t", 0) + 1
                g = p.grad + group["weight_decay"] * p
                mu, mu_next = (beta1 * (1 - 0.5 * 0.96**(k * group["psi"])) for k in (t, t + 1))
                product = state["product"] = state.get("product", 1) * mu
                m = state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g
                v = state["v"] = beta2 * state.get("v", 0) + (1 - beta2) * g**2
                direction = (1 - mu) / (1 - product) * g + mu_next / (1 - product * mu_next) * m
                p -= group["lr"] * direction / (torch.sqrt(v / (1 - beta2**t)) + group["eps"])


class KerasRMSprop(torch.optim.Optimizer):
    """RMSProp with epsilon under the root, as Keras has it."""

    def __init__(self, params, lr, alpha, eps):
        super().__init__(params, dict(lr=lr, alpha=alpha, eps=eps))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                square = group["alpha"] * state.get("square", 0) + (1 - group["alpha"]) * p.grad**2
                state["square"] = square
                p -= group["lr"] * p.grad / torch.sqrt(square + group["eps"])


def betas(o, beta2=0.999):
    return (o.get("beta1", f32(0.9)), o.get("beta2", f32(beta2)))


def decay(o):
    return o.get("weight_decay", 0)


STEPS = 20
# name, Optimizer fields, torch.optim constructor; f32(x) stands where Minnow's default is a float
OPTIMIZERS = [
    ("sgd", dict(learning_rate=0.1), lambda p, o: torch.optim.SGD(p, o["learning_rate"])),
    ("sgd", dict(learning_rate=0.1, momentum=0.9, weight_decay=0.05),
     lambda p, o: torch.optim.SGD(p, o["learning_rate"], momentum=o["momentum"], weight_decay=decay(o))),
    ("sgd", dict(learning_rate=0.1, momentum=0.9, nesterov=True),
     lambda p, o: torch.optim.SGD(p, o["learning_rate"], momentum=o["momentum"], nesterov=True)),
    ("sgd", dict(learning_rate=0.1, momentum=0.9, dampening=0.25),
     lambda p, o: torch.optim.SGD(p, o["learning_rate"], momentum=o["momentum"], dampening=o["dampening"])),
    ("sgd", dict(learning_rate=0.1, weight_decay=0.05, decay="sum_of_squares"),
     lambda p, o: torch.optim.SGD(p, o["learning_rate"], weight_decay=2 * decay(o))),
    ("rmsprop", dict(learning_rate=0.01, alpha=0.85),
     lambda p, o: torch.optim.RMSprop(p, o["learning_rate"], alpha=o["alpha"], eps=f32(1e-8))),
    ("rmsprop", dict(learning_rate=0.01, momentum=0.8, weight_decay=0.05, epsilon=1e-3),
     lambda p, o: torch.optim.RMSprop(p, o["learning_rate"], alpha=f32(0.99), eps=o["epsilon"], momentum=o["momentum"],
                                      weight_decay=decay(o))),
    ("rmsprop", dict(learning_rate=0.01, centered=True, epsilon=1e-3),
     lambda p, o: torch.optim.RMSprop(p, o["learning_rate"], alpha=f32(0.99), eps=o["epsilon"], centered=True)),
    ("rmsprop", dict(learning_rate=0.01, centered=True, momentum=0.8, epsilon=1e-3),
     lambda p, o: torch.optim.RMSprop(p, o["learning_rate"], alpha=f32(0.99), eps=o["epsilon"], momentum=o["momentum"],
                                      centered=True)),
    ("rmsprop", dict(learning_rate=0.01, epsilon_inside=True, epsilon=1e-3),
     lambda p, o: KerasRMSprop(p, o["learning_rate"], f32(0.99), o["epsilon"])),
    ("adagrad", dict(learning_rate=0.01), lambda p, o: torch.optim.Adagrad(p, o["learning_rate"], eps=f32(1e-10))),
    ("adagrad", dict(learning_rate=0.1, lr_decay=0.1, initial_accumulator=0.5, weight_decay=0.05, epsilon=1e-3),
     lambda p, o: torch.optim.Adagrad(p, o["learning_rate"], lr_decay=o["lr_decay"], eps=o["epsilon"],
                                      initial_accumulator_value=o["initial_accumulator"], weight_decay=decay(o))),
    ("adadelta", dict(learning_rate=1.0), lambda p, o: torch.optim.Adadelta(p, 1.0, rho=f32(0.9), eps=f32(1e-6))),
    ("adadelta", dict(learning_rate=0.5, rho=0.8, epsilon=1e-3, weight_decay=0.05),
     lambda p, o: torch.optim.Adadelta(p, o["learning_rate"], rho=o["rho"], eps=o["epsilon"], weight_decay=decay(o))),
    ("adam", dict(learning_rate=0.01), lambda p, o: torch.optim.Adam(p, o["learning_rate"], betas(o), f32(1e-8))),
    ("adam", dict(learning_rate=0.01, beta1=0.8, beta2=0.95, weight_decay=0.05, epsilon=1e-3),
     lambda p, o: torch.optim.Adam(p, o["learning_rate"], betas(o), o["epsilon"], decay(o))),
    ("adam", dict(learning_rate=0.01, weight_decay=0.5, decay="decoupled"),
     lambda p, o: torch.optim.AdamW(p, o["learning_rate"], betas(o), f32(1e-8), decay(o))),
    ("adamw", dict(learning_rate=0.01, weight_decay=0.5),
     lambda p, o: torch.optim.AdamW(p, o["learning_rate"], betas(o), f32(1e-8), decay(o))),
    ("adamw", dict(learning_rate=0.01, weight_decay=0.05, decay="gradient"),
     lambda p, o: torch.optim.Adam(p, o["learning_rate"], betas(o), f32(1e-8), decay(o))),
    ("nadam", dict(learning_rate=0.01), lambda p, o: NAdam(p, o["learning_rate"], betas(o), f32(1e-8), 0, f32(4e-3))),
    ("nadam", dict(learning_rate=0.01, beta1=0.8, beta2=0.95, momentum_decay=0.5, weight_decay=0.05, epsilon=1e-3),
     lambda p, o: NAdam(p, o["learning_rate"], betas(o), o["epsilon"], decay(o), o["momentum_decay"])),
    ("lion", dict(learning_rate=0.01), lambda p, o: Lion(p, o["learning_rate"], betas(o, 0.99), 0)),
    ("lion", dict(learning_rate=0.01, beta1=0.8, beta2=0.95, weight_decay=0.5),
     lambda p, o: Lion(p, o["learning_rate"], betas(o), decay(o))),
    ("sgd", dict(learning_rate=0.1, clip_value=0.25), lambda p, o: torch.optim.SGD(p, o["learning_rate"])),
    ("sgd", dict(learning_rate=0.1, momentum=0.9, clip_norm=0.75),
     lambda p, o: torch.optim.SGD(p, o["learning_rate"], momentum=o["momentum"])),
    ("adam", dict(learning_rate=0.01, clip_norm=0.75, clip_value=0.5, weight_decay=0.05),
     lambda p, o: torch.optim.Adam(p, o["learning_rate"], betas(o), f32(1e-8), decay(o))),
]
START = [1.0, -0.5, 0.25, 0.0, 3.0]


def gradient(step, i):
    """Exact in float: multiples of 1/64 of changing sign, and zeros."""
    return ((step * 37 + i * 11) % 129 - 64) / 64 * (i != 3 or step % 4 == 0)


def cpp(key, value):
    if key == "decay":
        return f"WeightDecay::{value}"
    return "true" if value is True else f"{value!r}f"


def optimizers(folder):
    lines = []
    for name, fields, make in OPTIMIZERS:
        fields = {k: v if v is True or k == "decay" else f32(v) for k, v in fields.items()}
        parameters = torch.tensor(START, requires_grad=True)
        optimizer = make([parameters], fields)
        for step in range(STEPS):
            parameters.grad = torch.tensor([gradient(step, i) for i in range(len(START))])
            if "clip_norm" in fields:
                torch.nn.utils.clip_grad_norm_([parameters], fields["clip_norm"])
            if "clip_value" in fields:
                torch.nn.utils.clip_grad_value_([parameters], fields["clip_value"])
            optimizer.step()
            if step in (0, 1, 2, STEPS - 1):
                values = ", ".join(repr(v) for v in parameters.tolist())
                # Decay is off unless asked for.
                settings = " ".join(f"o.{k} = {cpp(k, v)};" for k, v in {"weight_decay": 0.0, **fields}.items())
                lines.append(f"{{make_rule(OptimizerKind::{name}, [](Optimizer& o) {{ {settings} }}), {step + 1}, "
                             f"{{{values}}}}},")
    write(folder, "optimizers", lines)


EPOCH, LENGTH = 4, 10  # steps of an epoch, epochs of the schedule
# name, Schedule fields, torch constructor of (optimizer, how often it is stepped in an epoch)
s = torch.optim.lr_scheduler
SCHEDULES = [
    ("constant", dict(), lambda o, k: s.ConstantLR(o, 1.0)),
    ("constant", dict(factor=0.25, length=3.0), lambda o, k: s.ConstantLR(o, 0.25, 3 * k)),
    ("step", dict(gamma=0.3, period=2.0), lambda o, k: s.StepLR(o, 2 * k, f32(0.3))),
    ("multi_step", dict(gamma=0.3, milestones=[1, 4, 5]), lambda o, k: s.MultiStepLR(o, [k, 4 * k, 5 * k], f32(0.3))),
    ("linear", dict(length=6.0), lambda o, k: s.LinearLR(o, f32(1 / 3), 1.0, 6 * k)),
    ("linear", dict(start_factor=0.9, end_factor=0.1), lambda o, k: s.LinearLR(o, f32(0.9), f32(0.1), LENGTH * k)),
    ("exponential", dict(gamma=0.8), lambda o, k: s.ExponentialLR(o, f32(0.8)**(1 / k))),
    ("polynomial", dict(length=6.0, power=2.0), lambda o, k: s.PolynomialLR(o, 6 * k, 2.0)),
    ("polynomial", dict(power=0.9), lambda o, k: s.PolynomialLR(o, LENGTH * k, f32(0.9))),
    ("cosine", dict(minimum=0.001), lambda o, k: s.CosineAnnealingLR(o, LENGTH * k, f32(0.001))),
    ("cosine_restarts", dict(period=2.0, minimum=0.001),
     lambda o, k: s.CosineAnnealingWarmRestarts(o, 2 * k, 1, f32(0.001))),
    ("cosine_restarts", dict(period=1.0, period_multiplier=2), lambda o, k: s.CosineAnnealingWarmRestarts(o, k, 2)),
    ("one_cycle", dict(), lambda o, k: s.OneCycleLR(o, f32(0.1), LENGTH * k, pct_start=f32(0.3), cycle_momentum=False)),
    ("one_cycle", dict(annealing="linear", pct_start=0.25, div_factor=10.0, final_div_factor=100.0),
     lambda o, k: s.OneCycleLR(o, f32(0.1), LENGTH * k, pct_start=0.25, anneal_strategy="linear", div_factor=10,
                               final_div_factor=100, cycle_momentum=False)),
]
PLATEAUS = [
    (dict(patience=2), dict(patience=2)),
    (dict(patience=1, cooldown=2, gamma=0.5, minimum=0.01), dict(patience=1, cooldown=2, factor=0.5, min_lr=f32(0.01))),
    (dict(patience=3, threshold=0.01, threshold_mode="absolute", gamma=0.5),
     dict(patience=3, threshold=f32(0.01), threshold_mode="abs", factor=0.5)),
    (dict(patience=3, monitor="val_accuracy", gamma=0.5), dict(patience=3, mode="max", factor=0.5)),
]
# Falls, stands still, rises, falls by less than any threshold, falls.
FIGURES = [1 / (1 + 0.3 * e) for e in range(8)] + [0.33] * 8 + [0.34 + 0.01 * (e % 3) for e in range(8)] + \
          [0.32 - 0.00002 * e for e in range(10)] + [0.3 - 0.02 * e for e in range(6)]


def schedule_field(key, value):
    enumerations = dict(annealing="Annealing", threshold_mode="ThresholdMode", monitor="Monitor", interval="Interval")
    if key in enumerations:
        return f"s.{key} = {enumerations[key]}::{value};"
    if isinstance(value, list):
        return f"s.{key} = {{{', '.join(map(str, value))}}};"
    return f"s.{key} = {value};" if isinstance(value, int) else f"s.{key} = {f32(value)!r}f;"


def make_schedule(name, fields):
    body = " ".join(["s.kind = ScheduleKind::" + name + ";"] + [schedule_field(k, v) for k, v in fields.items()])
    return f"make_schedule([](Schedule& s) {{ {body} }})"


def rates_of(make, count):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], f32(0.1))
    schedule = make(optimizer)
    rates = []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(rates) < count:
            schedule.step()
    return ", ".join(repr(rate) for rate in rates)


def schedules(folder):
    """Rates of LENGTH epochs of EPOCH steps: where every step moves the schedule, then where every epoch does."""
    lines = []
    for name, fields, make in SCHEDULES:
        lines.append(f"{{{make_schedule(name, fields)}, {{{rates_of(lambda o: make(o, EPOCH), LENGTH * EPOCH)}}}}},")
        if name == "one_cycle":
            continue  # PyTorch's counts steps alone
        lines.append(f"{{{make_schedule(name, dict(fields, interval='epoch'))}, "
                     f"{{{rates_of(lambda o: make(o, 1), LENGTH)}}}}},")
    write(folder, "schedules", lines)
    lines = []
    for fields, arguments in PLATEAUS:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], f32(0.1))
        schedule = s.ReduceLROnPlateau(optimizer, **dict(dict(factor=f32(0.1), threshold=f32(1e-4)), **arguments))
        rates = []
        for figure in FIGURES:
            schedule.step(figure)
            rates.append(optimizer.param_groups[0]["lr"])
        lines.append(f"{{{make_schedule('plateau', fields)}, {{{', '.join(map(repr, FIGURES))}}}, "
                     f"{{{', '.join(map(repr, rates))}}}}},")
    write(folder, "plateaus", lines)


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
