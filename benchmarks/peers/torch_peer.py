#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PyTorch's training step: eager, and on a GPU as a CUDA graph of 1 and of 10 steps. See peer.py.

Data, order and place in the order lie on the device; the optimizer is the fused one on a GPU (one kernel for all
parameters).
"""
import peer
import torch

ACTIVATIONS = {"relu": torch.nn.ReLU, "elu": torch.nn.ELU, "linear": torch.nn.Identity}


class Session:
    """One model with its optimizer and data, at the start of the first epoch."""

    def __init__(self, workload, device, dropout):
        self.workload, self.device = workload, torch.device(device)
        self.x = torch.from_numpy(workload.x).to(self.device)
        self.labels = torch.from_numpy(workload.labels).to(self.device)
        self.batches = torch.from_numpy(workload.batches()[:, 0]).to(self.device)
        layers = []
        for layer in workload.layers:
            if layer.kind == "dropout":
                layers.append(torch.nn.Dropout(layer.rate if dropout else 0))
                continue
            layers.append(torch.nn.Linear(*layer.w.shape[1:]))
            if layer.activation != "linear":
                layers.append(ACTIVATIONS[layer.activation]())
        self.model = torch.nn.Sequential(*layers).to(self.device)
        on_gpu = {"fused": True} if device == "cuda" else {}
        if device == "cuda" and workload.optimizer == "adam":
            on_gpu["capturable"] = True  # its step counter lies on the device
        rule = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[workload.optimizer]
        self.optimizer = rule(self.model.parameters(), lr=workload.lr, weight_decay=workload.weight_decay, **on_gpu)
        self.loss = torch.nn.CrossEntropyLoss()
        self.place = torch.zeros((), dtype=torch.int64, device=self.device)
        self.restart()

    @torch.no_grad()
    def restart(self):
        """In place, so that a recorded graph goes on with it."""
        linear = [module for module in self.model if isinstance(module, torch.nn.Linear)]
        for module, layer in zip(linear, self.workload.dense):
            module.weight.copy_(torch.from_numpy(layer.w[0].T.copy()))
            module.bias.copy_(torch.from_numpy(layer.b[0]))
        for state in self.optimizer.state.values():
            for value in state.values():
                if torch.is_tensor(value):
                    value.zero_()
        self.place.zero_()

    def step(self, rows):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.model(self.x[rows]), self.labels[rows])
        loss.backward()
        self.optimizer.step()
        return loss

    def next_step(self):
        """Its rows are found by the device, so that a replay needs no host."""
        loss = self.step(self.batches.index_select(0, self.place.view(1)).view(-1))
        self.place.copy_((self.place + 1) % len(self.batches))
        return loss


def eager_losses(workload, device):
    def losses(count):
        session = Session(workload, device, dropout=False)
        return [session.step(session.batches[i]).item() for i in range(count)]

    return losses


def eager_start(workload, device):
    def start():
        session, place = Session(workload, device, dropout=True), [0]

        def run():
            session.step(session.batches[place[0]])
            place[0] = (place[0] + 1) % len(session.batches)

        return run, 1, torch.cuda.synchronize if device == "cuda" else lambda: None

    return start


def record(session, steps):
    """A graph of `steps` steps, and where it leaves their losses; the session is at its start again."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            session.next_step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        losses = [session.next_step().detach() for _ in range(steps)]
    session.restart()
    torch.cuda.synchronize()
    return graph, losses


def graph_variant(workload, steps, precision):
    def losses(count):
        session = Session(workload, "cuda", dropout=False)  # must live as long as the graph, which has its addresses
        graph, recorded = record(session, steps)
        found = []
        while len(found) < count:
            graph.replay()
            found += [loss.item() for loss in recorded]
        return found[:count]

    def start():
        session = Session(workload, "cuda", dropout=True)
        graph, _ = record(session, steps)

        def run(_session=session):
            graph.replay()

        return run, steps, torch.cuda.synchronize

    return peer.Variant(f"graph x{steps} {precision}", precision, losses, start)


def with_precision(variant):
    """Products are rounded to tf32 only while a variant asks for it."""

    def within(call):
        def wrapped(*arguments):
            torch.backends.cuda.matmul.allow_tf32 = variant.precision == "tf32"
            return call(*arguments)

        return wrapped

    return peer.Variant(variant.name, variant.precision, within(variant.losses), within(variant.start))


def variants(workload, device):
    torch.set_num_threads(peer.THREADS)
    if workload.models > 1:
        return []
    found = [peer.Variant("eager", "fp32", eager_losses(workload, device), eager_start(workload, device))]
    if device == "cuda":
        found += [graph_variant(workload, steps, "fp32") for steps in (1, 10)]
        found.append(graph_variant(workload, 10, "tf32"))
    return [with_precision(variant) for variant in found]


peer.main(variants)
