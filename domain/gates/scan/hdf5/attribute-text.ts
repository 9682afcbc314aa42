import { addKerasFlaws, isKerasConfig } from '#domain/gates/scan/keras/config.ts';
import type { Findings } from '#domain/gates/scan/reading.ts';
import { codeIn, escapeIn } from '#domain/gates/scan/text/embedded-code.ts';
import {
  isObject,
  type JsonValue,
  parseJson,
  textAt,
  walkJson,
} from '#domain/gates/scan/text/json.ts';
import { jsonFormat } from '#domain/gates/scan/text/read-document.ts';
import { KERAS_CLASSES } from './keras-classes.ts';

/** What Keras builds a model and its training from. */
const KERAS = /^(?:model_config|training_config)$/;
/** Values that stand for themselves, registered names and unsafe layers have findings of their own, or none. */
const FOUND_ALREADY = /^__\w+__$|>|^(?:Lambda|TFSMLayer|TorchModuleWrapper|JaxLayer|FlaxLayer)$/;
const SHORTEST_TEMPLATE = 40;

/** Judges a text attribute: as Keras's configuration or other JSON, or by the code in it. */
export function addAttributeFlaws(name: string, text: string, findings: Findings): void {
  if (KERAS.test(name) || /^\s*[{[]/.test(text)) {
    const parsed = parseJson(text);
    if (parsed.ok) {
      jsonFormat(parsed.value, findings);
      if (KERAS.test(name)) {
        if (!isKerasConfig(parsed.value)) addKerasFlaws(parsed.value, findings);
        addForeignClasses(parsed.value, findings);
      }
      return;
    }
    if (KERAS.test(name) || parsed.problem.what !== 'syntax') {
      findings.undecided(
        'json.malformed',
        `is JSON with ${parsed.problem.message}, which programs read differently; save the model again`,
        parsed.problem.at,
      );
      return;
    }
  }
  const what = codeIn(text);
  if (what !== undefined) addCode(what, findings);
}

/** Before Keras 3 no class had a module, so that what is not Keras's own is the author's. */
function addForeignClasses(config: JsonValue, findings: Findings): void {
  for (const [value, path] of walkJson(config)) {
    const className =
      isObject(value) && !value.has('module') ? textAt(value, 'class_name') : undefined;
    if (className === undefined || FOUND_ALREADY.test(className) || KERAS_CLASSES.has(className)) {
      continue;
    }
    findings.undecided(
      'keras.custom-object',
      `${path || '(top)'} is ${JSON.stringify(className.slice(0, 80))}, no class of Keras, whose code is not here; use layers of Keras only, or export to ONNX`,
    );
  }
}

/** Judges a text among a dataset's values: tokens are any text; only a template could be run. */
export function addValueFlaws(text: string, findings: Findings): void {
  const what = text.length > SHORTEST_TEMPLATE ? escapeIn(text) : undefined;
  if (what !== undefined) addCode(what, findings);
}

const addCode = (what: string, findings: Findings): void =>
  findings.fail('metadata.code', `holds ${what}; save the model without it`);
