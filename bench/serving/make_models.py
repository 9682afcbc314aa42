"""Writes the models of the benchmarks into a folder: one small network, and eight of 61 MB.

    python make_models.py FOLDER
"""

import sys
from pathlib import Path

import numpy
from onnx import TensorProto as T, checker, helper as h, numpy_helper, save

FOLDER = Path(sys.argv[1])
FOLDER.mkdir(parents=True, exist_ok=True)


def network(name, seed, sizes):
    """Dense layers of these sizes with a ReLU between them, y of x, both [rows, size]."""
    random = numpy.random.default_rng(seed)
    nodes, weights, last = [], [], "x"
    for i, (rows, columns) in enumerate(zip(sizes, sizes[1:])):
        values = random.normal(0, rows**-0.5, (rows, columns)).astype(numpy.float32)
        weights.append(numpy_helper.from_array(values, f"w{i}"))
        final = i == len(sizes) - 2
        nodes.append(h.make_node("MatMul", [last, f"w{i}"], ["y" if final else f"m{i}"]))
        if not final:
            nodes.append(h.make_node("Relu", [f"m{i}"], [f"r{i}"]))
        last = f"r{i}"
    x = h.make_tensor_value_info("x", T.FLOAT, ["rows", sizes[0]])
    y = h.make_tensor_value_info("y", T.FLOAT, ["rows", sizes[-1]])
    graph = h.make_graph(nodes, name, [x], [y], weights)
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    save(model, FOLDER / f"{name}.onnx")


network("small", 1, [32, 256, 256, 4])
for n in range(8):
    network(f"large-{n}", n, [16, 3900, 3900, 4])
