# SPDX-License-Identifier: Apache-2.0
"""What `minnow bench --handout DIR` wrote for other programs: a workload's rows, order, first weights and first losses."""
import json
import os
from dataclasses import dataclass

import numpy as np


@dataclass
class Layer:
    kind: str  # dense or dropout
    activation: str = "linear"
    rate: float = 0  # dropout
    w: np.ndarray = None  # dense: [M, I, O]
    b: np.ndarray = None  # dense: [M, O]


@dataclass
class Handout:
    name: str
    models: int  # M
    batch: int  # B
    optimizer: str
    lr: float
    weight_decay: float
    x: np.ndarray  # [N, I] float32
    labels: np.ndarray  # [N] int64
    order: np.ndarray  # [M, N]: rows of the first epoch
    layers: list
    losses: np.ndarray  # [steps, M]: mean of each batch before its update, with dropout left out

    @property
    def dense(self):
        return [layer for layer in self.layers if layer.kind == "dense"]

    @property
    def dropout(self):
        return any(layer.kind == "dropout" for layer in self.layers)

    def batches(self):
        """[steps of an epoch, M, B] rows; the short last batch is left out."""
        steps = self.order.shape[1] // self.batch
        rows = self.order[:, : steps * self.batch].reshape(self.models, steps, self.batch)
        return np.ascontiguousarray(rows.swapaxes(0, 1)).astype(np.int64)


ACTIVATIONS = ("linear", "relu", "elu")


def load(name):
    """The workload, or None where it has something that the peers do not."""
    folder = os.environ.get("MINNOW_HANDOUT")
    if not folder:
        raise SystemExit("MINNOW_HANDOUT is not set: run the peer by `minnow bench --handout DIR --peer NAME=COMMAND`")
    with open(os.path.join(folder, name + ".json"), encoding="utf-8") as file:
        entry = json.load(file)

    def array(source, dtype, *shape):
        return np.fromfile(os.path.join(folder, source), dtype).reshape(shape)

    data, training, models = entry["data"], entry["training"], entry["models"]
    known = training["plain"] and training["loss"] == "cross_entropy" and training["optimizer"] in ("sgd", "adam")
    for layer in entry["layers"]:
        known = known and layer["type"] in ("dense", "dropout") and layer["activation"] in ACTIVATIONS
    if not known:
        return None
    parameters = array(entry["parameters"], np.float32, models, entry["parameter_count"])

    def tensor(place, *shape):
        size = place["rows"] * place["cols"]
        return parameters[:, place["offset"] : place["offset"] + size].reshape(models, *shape).copy()

    layers = []
    for layer in entry["layers"]:
        if layer["type"] == "dropout":
            layers.append(Layer("dropout", rate=layer["rate"]))
            continue
        w, b = layer["weight"], layer["bias"]
        layers.append(Layer("dense", layer["activation"], w=tensor(w, w["rows"], w["cols"]), b=tensor(b, b["cols"])))
    stored = np.uint8 if data["x"].endswith(".u8") else np.float32
    x = array(data["x"], stored, data["rows"], data["features"]).astype(np.float32)
    if stored is np.uint8:
        x = x * np.float32(data["scale"]) + np.float32(data["shift"])
    return Handout(
        name=name, models=models, batch=training["batch"], optimizer=training["optimizer"], lr=training["lr"],
        weight_decay=training["weight_decay"], x=x, labels=array(data["labels"], np.int32, data["rows"]).astype(np.int64),
        order=array(entry["order"], np.uint32, models, data["rows"]), layers=layers,
        losses=np.array(entry["losses"]).reshape(-1, models))
