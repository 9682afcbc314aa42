import type { Findings } from '#domain/gates/scan/reading.ts';
import {
  isArray,
  isObject,
  type JsonObject,
  type JsonValue,
  textAt,
  walkJson,
} from '#domain/gates/scan/text/json.ts';

/** Classes that run code of the model's author, or open files of their own. */
const UNSAFE_CLASSES: ReadonlyMap<string, string> = new Map([
  ['Lambda', 'runs Python code that lies in the model'],
  ['__lambda__', 'runs Python code that lies in the model'],
  ['TFSMLayer', 'loads a SavedModel from a path'],
  ['TorchModuleWrapper', 'loads a pickled PyTorch module'],
  ['JaxLayer', 'calls a function of its own'],
  ['FlaxLayer', 'calls a function of its own'],
]);
const UNSAFE_BUILTINS: ReadonlySet<string> = new Set(
  '__import__ breakpoint compile delattr eval exec getattr globals help input locals open print setattr vars'.split(
    ' ',
  ),
);
/** Modules of Keras that hold layers and what belongs to them, and no loaders or downloads. */
const KERAS_MODULE =
  /^(?:keras|keras\.src|tf_keras|tf_keras\.src|tensorflow\.keras|tensorflow\.python\.keras|keras_hub|keras_hub\.src|keras_nlp|keras_nlp\.src|keras_cv|keras_cv\.src)(?:\.(?:layers|models|initializers|optimizers|losses|metrics|regularizers|constraints|activations|dtype_policies|engine|backend\.common|feature_column|quantizers)(?:\.[a-z0-9_.]+)?)?$/;
/** Stand for values, and name no module. */
const VALUE_CLASSES: ReadonlySet<string> = new Set([
  '__tensor__',
  '__numpy__',
  '__bytes__',
  '__ellipsis__',
  '__slice__',
  '__typespec__',
  '__tuple__',
]);
const PATH_KEYS =
  /^(?:vocabulary|vocabulary_file|idf_weights|filepath|file_path|filename|file|path|url|proto|merges)$/;
const PATH =
  /^(?:[\\/~]|[A-Za-z]:[\\/]|[A-Za-z][A-Za-z0-9+.-]*:\/\/|\.\.?[\\/])|\.(?:txt|csv|json|vocab|model|spm|bin)$/;
const SIZE_KEYS = /^(?:units|filters|input_dim|output_dim|embed_dim|num_heads|key_dim|max_tokens)$/;
const SHAPE_KEYS =
  /^(?:batch_shape|batch_input_shape|build_input_shape|input_shape|shape|target_shape)$/;
/** A tensor of 2^36 floats takes 256 GB. */
const MOST_ELEMENTS = 2 ** 36;

/** Whether a JSON document describes a Keras model or layer. */
export const isKerasConfig = (value: JsonValue): value is JsonObject =>
  isObject(value) &&
  textAt(value, 'class_name') !== undefined &&
  value.has('config') &&
  (value.has('module') || value.has('keras_version') || isObject(value.get('config')));

/** Adds what a Keras configuration would run, load or allocate beyond its layers. */
export function addKerasFlaws(config: JsonValue, findings: Findings): void {
  for (const [value, path] of walkJson(config)) {
    if (!isObject(value)) continue;
    addObjectFlaws(value, path || '(top)', findings);
    for (const [key, item] of value) addValueFlaws(key, item, path, findings);
  }
}

function addObjectFlaws(value: JsonObject, path: string, findings: Findings): void {
  const className = textAt(value, 'class_name');
  if (className === undefined) return;
  const shown = JSON.stringify(className.slice(0, 80));
  const plainName = className.split('>').at(-1) ?? '';
  const unsafe = UNSAFE_CLASSES.get(plainName) ?? UNSAFE_CLASSES.get(className);
  if (unsafe !== undefined) {
    findings.fail(
      'keras.unsafe-layer',
      `${path} is a ${shown}, which ${unsafe}; build the model without it, or export it to ONNX`,
    );
    return;
  }
  if (VALUE_CLASSES.has(className)) return;
  const module = textAt(value, 'module');
  if (module === 'builtins' && className === 'function') {
    addFunctionFlaw(value.get('config'), path, findings);
    return;
  }
  if (module !== undefined && !isKerasClass(module, className)) {
    findings.fail(
      'keras.module',
      `${path} is ${shown} of the module ${JSON.stringify(module.slice(0, 80))}, which loading would import; use layers of Keras only, or export to ONNX`,
    );
  }
  const registered = textAt(value, 'registered_name');
  if (registered?.includes('>') || className.includes('>')) {
    findings.undecided(
      'keras.custom-object',
      `${path} is the custom object ${JSON.stringify((registered ?? className).slice(0, 80))}, whose code is not here; use layers of Keras only, or export to ONNX`,
    );
  }
}

/** A function by its bare name: one that the loader has registered, or else Python's own. */
function addFunctionFlaw(name: JsonValue | undefined, path: string, findings: Findings): void {
  const shown = JSON.stringify(typeof name === 'string' ? name.slice(0, 80) : null);
  if (typeof name !== 'string' || UNSAFE_BUILTINS.has(name)) {
    findings.fail(
      'keras.module',
      `${path} calls ${shown} of Python itself; use functions of Keras only, or export to ONNX`,
    );
  } else {
    findings.undecided(
      'keras.custom-object',
      `${path} is the custom function ${shown}, whose code is not here; use functions of Keras only, or export to ONNX`,
    );
  }
}

/** A name of a class, or in Keras's smaller modules of a function such as a loss. */
function isKerasClass(module: string, className: string): boolean {
  if (!KERAS_MODULE.test(module)) return false;
  // Beside their classes these hold loaders: load_model, model_from_json.
  const holdsLoaders = !module.includes('.') || /\bmodels\b/.test(module);
  return (holdsLoaders ? /^[A-Z]\w*$/ : /^[A-Za-z]\w*$/).test(className);
}

function addValueFlaws(key: string, value: JsonValue, path: string, findings: Findings): void {
  const where = path === '' ? key : `${path}.${key}`;
  if (typeof value === 'string' && PATH_KEYS.test(key) && PATH.test(value)) {
    findings.fail(
      'keras.file-reference',
      `${where} is ${JSON.stringify(value.slice(0, 80))}, a file that loading would read; save the model with its vocabulary inside`,
    );
  }
  if (typeof value === 'number' && SIZE_KEYS.test(key) && Math.abs(value) > MOST_ELEMENTS) {
    addBomb(where, value, findings);
  }
  if (isArray(value) && SHAPE_KEYS.test(key)) {
    const elements = value.reduce<number>(
      (product, item) => (typeof item === 'number' ? product * Math.abs(item) : product),
      1,
    );
    if (elements > MOST_ELEMENTS) addBomb(where, elements, findings);
  }
}

function addBomb(where: string, elements: number, findings: Findings): void {
  findings.fail(
    'keras.shape',
    `${where} calls for ${elements} elements, at most ${MOST_ELEMENTS} are believable; save the model again`,
  );
}
