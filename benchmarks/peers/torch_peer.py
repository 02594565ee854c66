#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A PyTorch eager training step, float32: torch_peer.py W0. Threads: OMP_NUM_THREADS, 1 if unset."""
import workloads
import torch


def make_step(workload):
    torch.set_num_threads(workloads.THREADS)
    torch.manual_seed(1)
    x, labels = (torch.from_numpy(array) for array in workloads.make_data(workload))
    activation = {"relu": torch.nn.ReLU, "elu": torch.nn.ELU}[workload.activation]
    layers = []
    for i, (inputs, outputs) in enumerate(zip(workload.widths, workload.widths[1:])):
        layers += [torch.nn.Linear(inputs, outputs), activation()]
        if i < len(workload.dropout):
            layers.append(torch.nn.Dropout(workload.dropout[i]))
    model = torch.nn.Sequential(*layers[:-1])
    loss = torch.nn.CrossEntropyLoss()
    optimizer = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[workload.optimizer]
    optimizer = optimizer(model.parameters(), lr=workload.rate, weight_decay=workload.decay)
    rows = workloads.batches(workload, torch.randperm(workloads.ROWS))

    def step():
        batch = next(rows)
        optimizer.zero_grad(set_to_none=True)
        loss(model(x[batch]), labels[batch]).backward()
        optimizer.step()

    return step


workloads.report(make_step)
