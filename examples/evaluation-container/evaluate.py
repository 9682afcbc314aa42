"""Answers an assay.evaluation-plan/v1: predictions, times and memory of two models, no quality.

Reads /opt/ml/processing/input/{plan,candidate,baseline}, writes
/opt/ml/processing/output/evaluation.json (assay.evaluation/v1). It is told no truth, has no
network, and refuses a model whose files are not those of the plan before it opens any.
"""

import csv
import hashlib
import json
import math
import multiprocessing
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort

BATCH_ROWS = 256
CALLS_PER_BLOCK = 20
MIN_BLOCKS, MAX_BLOCKS = 20, 640
LATENCY_SECONDS = 60
DTYPES = {
    "BOOL": np.bool_, "FP16": np.float16, "FP32": np.float32, "FP64": np.float64,
    "INT8": np.int8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64,
    "UINT8": np.uint8, "UINT16": np.uint16, "UINT32": np.uint32, "UINT64": np.uint64,
}  # fmt: skip


class Refused(Exception):
    """Why a model cannot be evaluated, in words for its submitter."""


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verified(model: dict, folder: Path) -> dict[str, str]:
    """SHA-256 of each planned file; nothing is opened before all are those of the plan."""
    found = {}
    for file in model["files"]:
        path = folder / file["path"]
        if not path.is_file():
            raise Refused(f"{file['path']} is missing")
        found[file["path"]] = sha256(path)
        if found[file["path"]] != file["sha256"]:
            raise Refused(f"{file['path']} changed since registration")
    return found


def column(texts: list[str], datatype: str) -> np.ndarray:
    if datatype == "BYTES":
        return np.array(texts, dtype=object)
    if datatype == "BOOL":
        return np.array([text.lower() in ("true", "1") for text in texts])
    if datatype not in DTYPES:
        raise Refused(f"inputs of type {datatype} are not supported")
    if datatype.startswith("FP"):
        return np.array([float(text) for text in texts], dtype=DTYPES[datatype])
    return np.array([int(text.split(".")[0]) for text in texts], dtype=DTYPES[datatype])


def feeds_of(model: dict, rows: dict[str, list[str]]) -> dict[str, np.ndarray]:
    """All rows as the model's inputs; an optional input without columns is left out."""
    feeds = {}
    for spec in model["io"]["inputs"]:
        names = spec.get("features", [spec["name"]])
        if spec.get("optional") and not any(name in rows for name in names):
            continue
        stacked = np.stack([column(rows[name], spec["datatype"]) for name in names], axis=1)
        feeds[spec["name"]] = stacked.reshape(len(stacked), *row_shape(spec, len(names)))
    return feeds


def row_shape(spec: dict, width: int) -> list[int]:
    sizes = spec["shape"][1:]
    known = math.prod(size for size in sizes if size != -1)
    return [width // known if size == -1 else size for size in sizes]


class OnnxModel:
    """A model of format `onnx`; another format is another class with `run`."""

    def __init__(self, model: dict, folder: Path) -> None:
        self.wanted = model["outputs"]
        sizes = [spec["shape"][0] for spec in model["io"]["inputs"] if spec["shape"][0] != -1]
        self.fixed = sizes[0] if sizes else None
        self.session = ort.InferenceSession(
            str(folder / model["entrypoint"]), providers=["CPUExecutionProvider"]
        )

    def run(self, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
        rows = len(next(iter(feeds.values())))
        if self.fixed is not None and rows < self.fixed:
            feeds = {
                name: np.concatenate([values, np.repeat(values[-1:], self.fixed - rows, axis=0)])
                for name, values in feeds.items()
            }
        return [output[:rows] for output in self.session.run(self.wanted, feeds)]


LOADERS = {"onnx": OnnxModel}


def opened(model: dict, folder: Path):
    loader = LOADERS.get(model["format"])
    if loader is None:
        raise Refused(f"format {model['format']} is not one of {', '.join(LOADERS)}")
    return loader(model, folder)


def batch(feeds: dict[str, np.ndarray], start: int, end: int) -> dict[str, np.ndarray]:
    return {name: values[start:end] for name, values in feeds.items()}


def answers(loaded, model: dict, feeds: dict[str, np.ndarray], rows: int) -> list[dict]:
    step = getattr(loaded, "fixed", None) or BATCH_ROWS
    parts = [loaded.run(batch(feeds, at, min(at + step, rows))) for at in range(0, rows, step)]
    outputs = []
    for index, name in enumerate(model["outputs"]):
        values = np.concatenate([np.asarray(part[index]) for part in parts])
        numeric = values.dtype.kind in "fiub"
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise Refused(f"output {name} has values that are no finite numbers")
        width = math.prod(values.shape[1:])
        flat = values.reshape(-1)
        listed = (flat.astype(np.float64) if flat.dtype.kind == "f" else flat).tolist()
        outputs.append({
            "name": name,
            "width": width,
            "values": [int(v) if v is True or v is False else v for v in listed]
            if numeric
            else [str(value) for value in listed],
        })
    return outputs


def status_mib(field: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"/proc/self/status has no {field}")


def peak_memory(connection, model: dict, folder: Path, feeds: dict[str, np.ndarray]) -> None:
    """In a process of its own, so that no measurement sees what another has left."""
    before = status_mib("VmRSS")
    loaded = opened(model, folder)
    loaded.run(batch(feeds, 0, getattr(loaded, "fixed", None) or BATCH_ROWS))
    connection.send(max(status_mib("VmHWM") - before, 0.001))


def measured_memory(model: dict, folder: Path, feeds: dict[str, np.ndarray]) -> float:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=peak_memory, args=(sender, model, folder, feeds))
    child.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        raise Refused("the process that measures memory died") from None
    finally:
        child.join()


def block(loaded, rows: list[dict[str, np.ndarray]], turn: int) -> list[float]:
    times = []
    for call in range(CALLS_PER_BLOCK):
        row = rows[(turn * CALLS_PER_BLOCK + call) % len(rows)]
        before = time.perf_counter()
        loaded.run(row)
        times.append(max((time.perf_counter() - before) * 1000, 1e-6))
    return times


def latency(timed: dict) -> list[dict]:
    """Blocks of both models in turns, the order swapped each time: noise hits both alike."""
    for loaded, rows in timed.values():
        loaded.run(rows[0])
    blocks = []
    end = time.monotonic() + LATENCY_SECONDS
    while len(blocks) < MIN_BLOCKS or (len(blocks) < MAX_BLOCKS and time.monotonic() < end):
        turn = len(blocks)
        order = list(timed) if turn % 2 == 0 else list(reversed(timed))
        found = {role: block(*timed[role], turn) for role in order}
        blocks.append({
            "candidateMs": found["candidate"],
            "baselineMs": found.get("baseline", []),
        })
    return blocks


def main(root: Path) -> None:
    plan_bytes = (root / "input/plan/plan.json").read_bytes()
    plan = json.loads(plan_bytes)
    rows_path = root / "input/plan/rows.csv"
    if sha256(rows_path) != plan["rows"]["sha256"]:
        sys.exit("rows.csv is not the file of the plan")
    with rows_path.open(newline="", encoding="utf-8") as file:
        header, *cells = csv.reader(file)
    rows = {name: [row[at] for row in cells] for at, name in enumerate(header)}
    count = plan["rows"]["count"]

    report = {
        "schema": "assay.evaluation/v1",
        "plan": hashlib.sha256(plan_bytes).hexdigest(),
        "latency": [],
    }
    timed = {}
    for role in ("candidate", "baseline"):
        if role not in plan:
            continue
        model, folder = plan[role], root / "input" / role
        try:
            files = verified(model, folder)
            feeds = feeds_of(model, rows)
            memory = measured_memory(model, folder, feeds)
            loaded = opened(model, folder)
            report[role] = {
                "files": files,
                "outputs": answers(loaded, model, feeds, count),
                "peakMemoryMiB": memory,
            }
            timed[role] = (loaded, [batch(feeds, at, at + 1) for at in range(min(64, count))])
        except Exception as error:  # whatever a model does wrong is said of that model alone
            report[role] = {"refused": f"{type(error).__name__}: {error}"[:1000]}
    if "candidate" in timed:
        report["latency"] = latency(timed)
    output = root / "output"
    output.mkdir(parents=True, exist_ok=True)
    (output / "evaluation.json").write_text(json.dumps(report, allow_nan=False))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "/opt/ml/processing"))
