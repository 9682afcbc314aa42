"""Writes shapes.json: what SageMaker's API takes and answers, as AWS describes it in botocore.

    pip install botocore==1.44.5 && python make_shapes.py
"""

import gzip
import json
from pathlib import Path

import botocore

ROOTS = ["CreateProcessingJobRequest", "ProcessingJobStatus"]

model_path = next(Path(botocore.__file__).parent.glob("data/sagemaker/*/service-2.json*"))
opener = gzip.open if model_path.suffix == ".gz" else open
with opener(model_path, "rt") as file:
    shapes = json.load(file)["shapes"]

kept, waiting = {}, list(ROOTS)
while waiting:
    name = waiting.pop()
    if name in kept:
        continue
    shape = {key: value for key, value in shapes[name].items() if key != "documentation"}
    for member in shape.get("members", {}).values():
        member.pop("documentation", None)
        waiting.append(member["shape"])
    for part in ("member", "key", "value"):
        if part in shape:
            shape[part].pop("documentation", None)
            waiting.append(shape[part]["shape"])
    kept[name] = shape

document = {"botocore": botocore.__version__, "shapes": dict(sorted(kept.items()))}
Path(__file__).with_name("shapes.json").write_text(json.dumps(document, indent=1) + "\n")
