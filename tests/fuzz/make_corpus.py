#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of the fuzz targets into corpus/ beside this file: `python3 tests/fuzz/make_corpus.py`."""
import json
import pathlib
import struct

FOLDER = pathlib.Path(__file__).parent / "corpus"


def write(target, name, content):
    path = FOLDER / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def idx(*shape):
    count = 1
    for length in shape:
        count *= length
    return struct.pack(f">{len(shape) + 1}I", 0x0800 + len(shape), *shape) + bytes(i % 10 for i in range(count))


def image_set(flags, labels, images):
    return bytes([flags, len(labels)]) + labels + images


def model_file(layers, tensors, **changes):
    document = {"format": 1, "seed": 7, "inputs": 2, "layers": layers, "preprocessing": {"scale": 0.5, "shift": 0.0}}
    kept = {key: value for key, value in (document | changes).items() if value is not None}
    header = {"__metadata__": {"minnow": json.dumps(kept), "note": "text"}}
    offset = 0
    for name, shape in tensors:
        end = offset + 4 * shape[0] * shape[-1] if len(shape) == 2 else offset + 4 * shape[0]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + struct.pack(f"<{offset // 4}f", *range(offset // 4))


def dense(name, units, activation):
    return {"kind": "dense", "name": name, "units": units, "activation": activation,
            "weights": "kaiming_uniform", "biases": "uniform(-0.1,0.1)"}


def main():
    for flags in range(4):
        write("idx", f"images{flags}", image_set(flags, idx(3), idx(3, 2, 2)))
    write("idx", "rows", image_set(0, idx(4), idx(4, 5)))
    write("idx", "counts_disagree", image_set(0, idx(2), idx(3, 2, 2)))
    write("idx", "truncated", image_set(1, idx(3), idx(3, 2, 2)[:-1]))

    one = [dense("a", 2, "softmax")]
    deep = [dense("a", 3, "leaky_relu(0.1)"), {"kind": "dropout", "name": "d", "rate": 0.5},
            {"kind": "activation", "name": "t", "activation": "hardtanh(-2,2)"}, dense("b", 1, "gelu")]
    write("safetensors", "one_layer", model_file(one, [("a.weight", [2, 2]), ("a.bias", [2])]))
    write("safetensors", "deep", model_file(deep, [("a.weight", [2, 3]), ("a.bias", [3]), ("b.weight", [3, 1]),
                                                   ("b.bias", [1])]))
    bare = {"kind": "dense", "name": "a", "units": 2, "activation": "relu"}
    write("safetensors", "needed_only", model_file([bare], [("a.weight", [2, 2]), ("a.bias", [2])], seed=None,
                                                   preprocessing=None))
    write("safetensors", "newer", model_file(one, [("a.weight", [2, 2]), ("a.bias", [2])], format=2))
    write("safetensors", "no_tensors", model_file(one, []))
    write("safetensors", "empty", struct.pack("<Q", 2) + b"{}")


if __name__ == "__main__":
    main()
