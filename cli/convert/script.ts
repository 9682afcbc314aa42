import type { Framework } from './detect-framework.ts';

export const TARGETS = ['onnx', 'safetensors'] as const;
export type Target = (typeof TARGETS)[number];

/** What is to be converted, to what, and where the result goes. */
export interface Conversion {
  readonly framework: Framework;
  readonly target: Target;
  /** Absolute. */
  readonly file: string;
  readonly sha256: string;
  /** Absolute. */
  readonly result: string;
}

export interface Recipe {
  /** As pip takes them. */
  readonly packages: readonly string[];
  readonly script: string;
  /** What a person has to write into the script before it can run. */
  readonly fillIn?: string;
}

/** How a model is converted in its submitter's own Python; undefined where nobody can. */
export function recipeFor(conversion: Conversion): Recipe | undefined {
  const { framework, target } = conversion;
  if (target === 'safetensors') {
    return framework === 'torch' ? made(conversion, TENSORS) : undefined;
  }
  switch (framework) {
    case 'scikit-learn':
      return made(conversion, SCIKIT_LEARN);
    case 'xgboost':
      return made(conversion, XGBOOST);
    case 'lightgbm':
      return made(conversion, LIGHTGBM);
    case 'torch':
      return made(conversion, NETWORK);
  }
}

interface Template {
  readonly packages: readonly string[];
  readonly imports: readonly string[];
  /** Expression that opens `data`, the bytes of the file. */
  readonly body: string;
  readonly fillIn?: string;
}

/** The library that saved the model must be installed in the version that saved it. */
const SCIKIT_LEARN: Template = {
  packages: ['scikit-learn', 'joblib', 'skl2onnx==1.20.0'],
  imports: [
    'import joblib',
    'from skl2onnx import to_onnx',
    'from skl2onnx.common.data_types import FloatTensorType',
    'from sklearn.base import is_classifier',
  ],
  body: `model = joblib.load(io.BytesIO(data))
# One input of floats with a column for each feature. A model that takes columns of several types
# needs an input for each: https://onnx.ai/sklearn-onnx/
inputs = [("input", FloatTensorType([None, model.n_features_in_]))]
# Without ZipMap the probabilities are a tensor, which Assay can read.
options = {id(model): {"zipmap": False}} if is_classifier(model) else None
converted = to_onnx(model, initial_types=inputs, options=options)
RESULT.write_bytes(converted.SerializeToString())
`,
};

const XGBOOST: Template = {
  packages: ['xgboost', 'scikit-learn', 'joblib', 'onnxmltools==1.16.0', 'skl2onnx==1.20.0'],
  imports: [
    'import joblib',
    'from onnxmltools import convert_xgboost',
    'from onnxmltools.convert.common.data_types import FloatTensorType',
  ],
  body: `model = joblib.load(io.BytesIO(data))
# A Booster counts its features otherwise than an estimator.
features = model.num_features() if hasattr(model, "num_features") else model.n_features_in_
inputs = [("input", FloatTensorType([None, features]))]
converted = convert_xgboost(model, initial_types=inputs)
RESULT.write_bytes(converted.SerializeToString())
`,
};

const LIGHTGBM: Template = {
  packages: ['lightgbm', 'scikit-learn', 'joblib', 'onnxmltools==1.16.0', 'skl2onnx==1.20.0'],
  imports: [
    'import joblib',
    'from onnxmltools import convert_lightgbm',
    'from onnxmltools.convert.common.data_types import FloatTensorType',
  ],
  body: `model = joblib.load(io.BytesIO(data))
# A Booster counts its features otherwise than an estimator.
features = model.num_feature() if hasattr(model, "num_feature") else model.n_features_in_
inputs = [("input", FloatTensorType([None, features]))]
# Without ZipMap the probabilities are a tensor, which Assay can read.
converted = convert_lightgbm(model, initial_types=inputs, zipmap=False)
RESULT.write_bytes(converted.SerializeToString())
`,
};

const TENSORS: Template = {
  packages: ['torch', 'safetensors==0.8.0'],
  imports: ['import torch', 'from safetensors.torch import save_file'],
  body: `state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
state = state.get("state_dict", state)
# Tensors may share memory, which safetensors has no notion of: each becomes its own.
tensors = {name: value.clone().contiguous() for name, value in state.items()}
save_file(tensors, RESULT)
`,
};

const NETWORK: Template = {
  packages: ['torch', 'onnx', 'onnxscript'],
  imports: ['import torch'],
  fillIn: 'build_model() and example_input(): a state dict holds weights, and no network',
  body: `
def build_model() -> torch.nn.Module:
    raise SystemExit("fill in build_model(): return the network that these weights belong to")


def example_input() -> torch.Tensor:
    raise SystemExit("fill in example_input(): return a batch of two rows")


state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
model = build_model()
model.load_state_dict(state.get("state_dict", state))
model.eval()
torch.onnx.export(
    model,
    (example_input(),),
    RESULT,
    input_names=["input"],
    output_names=["output"],
    dynamic_shapes=({0: torch.export.Dim("batch")},),
    external_data=False,
    dynamo=True,
)
`,
};

function made(
  { framework, target, file, sha256, result }: Conversion,
  { packages, imports, body, fillIn }: Template,
): Recipe {
  // JSON's strings are Python's too; what is beyond ASCII is escaped, so that no encoding matters.
  const text = (value: string): string =>
    JSON.stringify(value).replace(
      /[^ -~]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  const script = `"""Converts a model of ${framework} to ${target}; written by "assay convert".

    pip install ${packages.join(' ')}

Loading a pickle runs what it says. This one was scanned, and only the bytes that were are loaded.
Install the library in the version that saved the file.
"""

import hashlib
import io
from pathlib import Path

${imports.join('\n')}

FILE = Path(${text(file)})
SHA256 = ${text(sha256)}
RESULT = Path(${text(result)})

data = FILE.read_bytes()
if hashlib.sha256(data).hexdigest() != SHA256:
    raise SystemExit(f"{FILE} changed since it was scanned: run assay convert again")
RESULT.parent.mkdir(parents=True, exist_ok=True)
${body}print(f"wrote {RESULT}")
`;
  return { packages, script, ...(fillIn !== undefined && { fillIn }) };
}
