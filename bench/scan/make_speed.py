"""Writes what speed.ts scans: DIR/{checkpoint.pt,small/,external/,inline.onnx,large.pt,large.zip}.

    python make_speed.py DIR

The 5 GB files are real in every byte and sparse on the disk: their weights are zeros.
"""

import os
import pickle
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

ROOT = Path(sys.argv[1])
SMALL = 1000
BYTES = 5 * 1024**3
CHUNK = 16 * 1024 * 1024


class Sparse:
    """A file whose long runs of zeros are holes."""

    def __init__(self, path):
        self.file = open(path, "wb", buffering=0)

    def write(self, data):
        view = memoryview(data).cast("B")
        for at in range(0, len(view), CHUNK):
            part = view[at:at + CHUNK]
            if len(part) > 4096 and not np.frombuffer(part, np.uint8).any():
                self.file.seek(len(part), os.SEEK_CUR)
            else:
                self.file.write(part)
        return len(view)

    def seek(self, *where):
        return self.file.seek(*where)

    def tell(self):
        return self.file.tell()

    def flush(self):
        self.file.flush()

    def close(self):
        self.file.truncate(max(self.file.tell(), os.fstat(self.file.fileno()).st_size))
        self.file.close()


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, body):
    return varint(number << 3 | 2) + varint(len(body)) + body


def network(weight):
    graph = onnx.helper.make_graph([onnx.helper.make_node("MatMul", ["x", "w"], ["y"])], "g", [onnx.helper.make_tensor_value_info("x", 1, ["n", weight.dims[0]])],
                                   [onnx.helper.make_tensor_value_info("y", 1, ["n", weight.dims[1]])], [weight])
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 21)])


def external(folder):
    folder.mkdir()
    weight = onnx.TensorProto(name="w", data_type=1, dims=[1024, BYTES // 4096], data_location=onnx.TensorProto.EXTERNAL)
    for key, value in {"location": "weights.bin", "offset": "0", "length": str(BYTES)}.items():
        weight.external_data.add(key=key, value=value)
    (folder / "model.onnx").write_bytes(network(weight).SerializeToString())
    with open(folder / "weights.bin", "wb") as file:
        file.truncate(BYTES)


def inline(path):
    """The model's messages with a length of 5 GB in each, which protobuf's own writer refuses."""
    model = network(onnx.TensorProto(name="w", data_type=1, dims=[1024, BYTES // 4096]))
    tensor = model.graph.initializer[0].SerializeToString() + varint(9 << 3 | 2) + varint(BYTES)
    del model.graph.initializer[:]
    graph = model.graph.SerializeToString() + varint(5 << 3 | 2) + varint(len(tensor) + BYTES) + tensor
    model.ClearField("graph")
    with open(path, "wb") as file:
        file.write(model.SerializeToString() + varint(7 << 3 | 2) + varint(len(graph) + BYTES) + graph)
        file.truncate(file.tell() + BYTES)


if __name__ == "__main__":
    ROOT.mkdir(parents=True)
    torch.manual_seed(0)
    torch.save({f"layer{i}.weight": torch.randn(512, 1024) for i in range(100)}, ROOT / "checkpoint.pt")
    (ROOT / "small").mkdir()
    rng = np.random.default_rng(7)
    for index in range(SMALL):
        X, y = rng.normal(size=(20, 3)), rng.integers(0, 2, 20)
        model = LogisticRegression() if index % 10 else RandomForestClassifier(3)
        (ROOT / "small" / f"{index}.pkl").write_bytes(pickle.dumps(model.fit(X, y)))
    external(ROOT / "external")
    inline(ROOT / "inline.onnx")
    file = Sparse(ROOT / "large.pt")
    torch.save({"w": torch.zeros(BYTES // 4)}, file)
    file.close()
    file = Sparse(ROOT / "large.zip")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("config.json", '{"a": 1}')
        with archive.open(zipfile.ZipInfo("weights.safetensors"), "w", force_zip64=True) as member:
            header = b'{"w":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}' % (BYTES // 4, BYTES)
            header += b" " * (-len(header) % 8)
            member.write(len(header).to_bytes(8, "little") + header)
            for _ in range(BYTES // CHUNK):
                member.write(bytes(CHUNK))
    file.close()
