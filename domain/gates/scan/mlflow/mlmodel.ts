import type { Findings } from '#domain/gates/scan/reading.ts';

/** Modules that MLflow itself loads flavours with; of these only pyfunc.model takes any Python. */
const LOADERS =
  /^mlflow\.(?:sklearn|xgboost|lightgbm|catboost|onnx|tensorflow|keras|pytorch|statsmodels|spacy|prophet|pmdarima|h2o|transformers|sentence_transformers)(?:\.model)?$/;

/** Whether a text is an MLmodel file: YAML with flavours at its top. */
export const isMlmodel = (text: string): boolean =>
  /^flavors:[ \t]*(?:#.*)?$/m.test(text) &&
  /^(?:model_uuid|mlflow_version|artifact_path|run_id|signature|utc_time_created):/m.test(text);

/**
 * Adds the flavours that load code with the model. The keys are looked for line by line at any
 * depth, quoted or not, so that no YAML is needed; flow style and anchors are not decided.
 */
export function addMlmodelFlaws(text: string, findings: Findings): void {
  let offset = 0;
  for (const line of text.split('\n')) {
    const [, key = '', raw = ''] = PAIR.exec(line.trim()) ?? [];
    const value = raw.replace(/^(["'])(.*)\1$/, '$2');
    const flaw = flawOf(key, value);
    if (flaw !== undefined) {
      findings.fail('mlflow.code', `${flaw}; log the model as an ONNX flavour`, offset);
    } else if (/^[{&*]/.test(value) && value !== '{}') {
      findings.undecided(
        'mlflow.yaml',
        'uses flow style or anchors, which are not read here; write plain YAML',
        offset,
      );
    }
    offset += line.length + 1;
  }
}

/** `key: value`, in a list or not, the key in quotes or not. */
const PAIR = /^(?:- *)?["']?(\w+)["']? *: *(.*)$/;

function flawOf(key: string, value: string): string | undefined {
  const empty = value === '' || value === 'null' || value === '~';
  if (key === 'loader_module' && !LOADERS.test(value)) {
    return `is loaded by ${JSON.stringify(value.slice(0, 80))}, which runs Python of the model's author`;
  }
  if (key === 'code' && !empty)
    return `puts ${JSON.stringify(value.slice(0, 80))} on Python's path`;
  if (key === 'model_code_path' && !empty) return `runs ${JSON.stringify(value.slice(0, 80))}`;
  if (key === 'python_model' && !empty) return 'holds a pickled Python class (python_model)';
  return undefined;
}
