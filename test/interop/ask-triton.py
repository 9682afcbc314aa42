"""Asks a server by the stock Triton client, and prints what came of it as JSON.

    python ask-triton.py HOST:PORT
"""

import json
import sys

import ml_dtypes
import numpy as np
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

WHO = {"Authorization": "Bearer token"}
client = InferenceServerClient(sys.argv[1])

TENSORS = {
    "BOOL": np.array([[True, False]]),
    "UINT8": np.array([[0, 255]], dtype=np.uint8),
    "UINT16": np.array([[0, 65535]], dtype=np.uint16),
    "UINT32": np.array([[0, 4294967295]], dtype=np.uint32),
    "UINT64": np.array([[0, 2**64 - 1]], dtype=np.uint64),
    "INT8": np.array([[-128, 127]], dtype=np.int8),
    "INT16": np.array([[-32768, 32767]], dtype=np.int16),
    "INT32": np.array([[-2147483648, 2147483647]], dtype=np.int32),
    "INT64": np.array([[-(2**63), 2**63 - 1]], dtype=np.int64),
    "FP16": np.array([[0.1, -65504], [2**-24, 7]], dtype=np.float16),
    "FP32": np.array([[0.1, -3.4028234e38], [1e-45, 7]], dtype=np.float32),
    "FP64": np.array([[0.1, -1e300], [5e-324, 7]], dtype=np.float64),
    "BYTES": np.array([["", "na\u00efve \u2615"], ["\ufeffmark", "a\r\nb"]], dtype=np.object_),
}


def given(name, array, binary):
    tensor = InferInput(name, list(array.shape), np_to_triton_dtype(array.dtype))
    return tensor.set_data_from_numpy(array, binary_data=binary)


def asked(name, binary):
    return InferRequestedOutput(name, binary_data=binary)


# The client adds the length of the JSON to the very headers that it is given.
def infer(model, tensors, binary, outputs=None, **options):
    inputs = [given(name, array, binary) for name, array in tensors.items()]
    return client.infer(model, inputs, outputs=outputs, headers=dict(WHO), **options)


def same(sent, got):
    if sent.dtype == np.object_:
        texts = np.array([v.decode() if type(v) is bytes else v for v in got.flatten()], dtype=np.object_)
        return bool(got.shape == sent.shape and np.array_equal(texts.reshape(sent.shape), sent))
    return bool(got.dtype == sent.dtype and np.array_equal(got, sent))


def came_back(tensors, in_binary, out_binary):
    """Names of the tensors that came back other than they went out."""
    outputs = [asked(f"out_{name}", out_binary) for name in tensors]
    result = infer("echo", {f"in_{name}": array for name, array in tensors.items()}, in_binary, outputs)
    return [name for name, array in tensors.items() if not same(array, result.as_numpy(f"out_{name}"))]


def refusal(ask):
    try:
        ask()
    except InferenceServerException as error:
        return {"status": error.status(), "message": error.message()}
    return None


# JSON of the client has numbers where 64 bits would need digits as text.
exact = {**TENSORS, "UINT64": TENSORS["UINT64"] // 2**12, "INT64": TENSORS["INT64"] // 2**12}
row = {"x": np.array([[2, 0, 0]], dtype=np.float32)}
batch = {"x": np.random.default_rng(7).standard_normal((300_000, 3), dtype=np.float32)}
z = batch["x"] @ np.array([[1], [-1], [0.5]], dtype=np.float32) - np.float32(0.25)
large = infer("risk", batch, True).as_numpy("p")
defaulted = infer("risk", row, False)
plain = infer("risk", row, False, [asked("p", False)], request_id="r-1")

print(json.dumps({
    "live": client.is_server_live(headers=WHO),
    "ready": client.is_server_ready(headers=WHO),
    "server": client.get_server_metadata(headers=WHO),
    "modelReady": client.is_model_ready("risk", headers=WHO),
    "versionReady": client.is_model_ready("risk", "1.0.0", headers=WHO),
    "otherReady": client.is_model_ready("other", headers=WHO),
    "metadata": client.get_model_metadata("risk", headers=WHO),
    "changed": {
        "binary in, binary out": came_back(TENSORS, True, True),
        "binary in, JSON out": came_back(exact, True, False),
        "JSON in, binary out": came_back(exact, False, True),
        "JSON in, JSON out": came_back(exact, False, False),
        "nothing in binary": came_back({name: array[:, :0] for name, array in TENSORS.items()}, True, True),
        "nothing in JSON": came_back({name: array[:, :0] for name, array in TENSORS.items()}, False, False),
    },
    "plain": plain.get_response(),
    "defaulted": defaulted.get_response(),
    "defaultedValue": float(defaulted.as_numpy("p")[0, 0]),
    "large": {"shape": large.shape, "error": float(np.abs(large - 1 / (1 + np.exp(-z))).max())},
    "pinned": infer("risk", row, True, model_version="1.0.0").get_response()["model_version"],
    "refusals": {
        "unknown model": refusal(lambda: infer("other", row, True)),
        "unknown version": refusal(lambda: infer("risk", row, True, model_version="9.9.9")),
        "another name": refusal(lambda: infer("risk", {"y": row["x"]}, True)),
        "another shape": refusal(lambda: infer("risk", {"x": row["x"][:, :2]}, True)),
        "another datatype": refusal(lambda: infer("risk", {"x": row["x"].astype(np.float64)}, True)),
        "an empty batch": refusal(lambda: infer("risk", {"x": row["x"][:0]}, True)),
        "an infinity": refusal(lambda: infer("risk", {"x": row["x"] / 0}, True)),
        "bfloat16": refusal(lambda: infer("brain", {"x": row["x"].astype(ml_dtypes.bfloat16)}, True)),
        "bytes that are no text": refusal(
            lambda: infer("echo", {**{f"in_{n}": a for n, a in TENSORS.items()},
                                   "in_BYTES": np.array([[b"\xff"]], dtype=np.object_)}, True)),
        "a NUL": refusal(
            lambda: infer("echo", {**{f"in_{n}": a for n, a in TENSORS.items()},
                                   "in_BYTES": np.array([["a\0b"]], dtype=np.object_)}, False)),
        "too much": refusal(lambda: infer("risk", {"x": np.zeros((350_000, 3), dtype=np.float32)}, True)),
        "compression": refusal(lambda: infer("risk", row, True, request_compression_algorithm="gzip")),
        "no token": refusal(lambda: client.infer("risk", [given("x", row["x"], True)])),
    },
}))
