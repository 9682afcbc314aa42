import type { Findings } from '#domain/gates/scan/reading.ts';
import {
  isArray,
  isObject,
  type JsonObject,
  type JsonValue,
} from '#domain/gates/scan/text/json.ts';

const TOP_KEYS: ReadonlySet<string> = new Set(['learner', 'version', 'Config', 'Model']);
const LEARNER_KEYS: ReadonlySet<string> = new Set([
  'attributes',
  'feature_names',
  'feature_types',
  'cats',
  'gradient_booster',
  'learner_model_param',
  'learner_train_param',
  'objective',
  'metrics',
  'generic_param',
]);
const BOOSTERS: ReadonlySet<unknown> = new Set(['gbtree', 'gblinear', 'dart']);

/** Whether a document is an XGBoost model (https://xgboost.readthedocs.io, "Model Schema"). */
export const isXgboost = (value: JsonValue): value is JsonObject =>
  isObject(value) && isObject(value.get('learner')) && isArray(value.get('version'));

/** Adds what the schema does not have: a model is numbers, names and nothing that runs. */
export function addXgboostFlaws(model: JsonObject, findings: Findings): void {
  const learner = model.get('learner');
  const unknown = [
    ...[...model.keys()].filter((key) => !TOP_KEYS.has(key)),
    ...(isObject(learner) ? [...learner.keys()].filter((key) => !LEARNER_KEYS.has(key)) : []),
  ];
  if (unknown.length > 0) {
    findings.undecided(
      'xgboost.schema',
      `has the keys ${JSON.stringify(unknown.slice(0, 5))}, which no known version writes; save the model again`,
    );
  }
  const booster = isObject(learner) ? learner.get('gradient_booster') : undefined;
  const name = isObject(booster) ? booster.get('name') : undefined;
  if (!BOOSTERS.has(name)) {
    findings.undecided(
      'xgboost.schema',
      `has the booster ${JSON.stringify(typeof name === 'string' ? name.slice(0, 80) : null)}, which is not known; save the model again`,
    );
  }
}
