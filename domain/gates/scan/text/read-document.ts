import { addLightgbmFlaws, isLightgbm } from '#domain/gates/scan/boosters/lightgbm.ts';
import { addXgboostFlaws, isXgboost } from '#domain/gates/scan/boosters/xgboost.ts';
import { addKerasFlaws, isKerasConfig } from '#domain/gates/scan/keras/config.ts';
import { addMlmodelFlaws, isMlmodel } from '#domain/gates/scan/mlflow/mlmodel.ts';
import { Findings, type Member, type Reading } from '#domain/gates/scan/reading.ts';
import { addSkopsFlaws, isSkopsSchema } from '#domain/gates/scan/skops/schema.ts';
import { escapeIn } from './embedded-code.ts';
import { isObject, type JsonValue, parseJson, walkJson } from './json.ts';
import { addYamlFlaws } from './yaml-flaws.ts';

/** Endings under which a loader takes a text for code. A name can only make things worse. */
const CODE =
  /\.(?:py|pyw|pyx|ipynb|sh|bash|bat|cmd|ps1|vbs|js|mjs|cjs|rb|pl|lua|php|r|jl|cu|c|cc|cpp|h)$/i;
const TEMPLATE = /\.(?:jinja2?|j2)$/i;

/** Judges a text: by its schema where it has a known one, otherwise by what a loader would run. */
export function readDocument(member: Member, text: string): Reading {
  const findings = new Findings(member);
  const format = formatOf(member, text, findings);
  if (findings.checks.length === 0) findings.pass('text', `${format}, with nothing that is run`);
  return { format, checks: findings.checks, parsed: member.source.size };
}

function formatOf({ name }: Member, text: string, findings: Findings): string {
  if (CODE.test(name)) {
    findings.undecided(
      'code.source',
      'named as source code, which a loader of custom code would run; leave it out of the artifact, or export the model to ONNX',
    );
    return 'source code';
  }
  if (/^\s*[{[]/.test(text)) {
    const parsed = parseJson(text);
    if (parsed.ok) return jsonFormat(parsed.value, findings);
    if (parsed.problem.what !== 'syntax' || name.endsWith('.json')) {
      const { message, at } = parsed.problem;
      findings.undecided(
        'json.malformed',
        `is JSON with ${message}, which programs read differently; write it again`,
        at,
      );
      return 'JSON';
    }
  }
  if (isLightgbm(text)) {
    addLightgbmFlaws(text, findings);
    return 'LightGBM model';
  }
  addYamlFlaws(text, findings);
  if (isMlmodel(text)) {
    addMlmodelFlaws(text, findings);
    return 'MLflow model description';
  }
  const reach = TEMPLATE.test(name) ? escapeIn(text) : undefined;
  if (reach !== undefined) addTemplate('the template', reach, findings);
  return 'text';
}

/** Judges a JSON document by its schema; also one that was written in another notation. */
export function jsonFormat(value: JsonValue, findings: Findings): string {
  for (const [item, path] of walkJson(value)) {
    if (typeof item === 'string') {
      const reach = escapeIn(item);
      if (reach !== undefined) addTemplate(path || 'the document', reach, findings);
    } else if (isObject(item) && item.has('auto_map')) {
      findings.undecided(
        'code.remote',
        `${path || '(top)'} has an auto_map, which makes transformers run code beside the model; remove it, or export the model to ONNX`,
      );
    }
  }
  if (isSkopsSchema(value)) {
    addSkopsFlaws(value, findings);
    return 'skops schema';
  }
  if (isXgboost(value)) {
    addXgboostFlaws(value, findings);
    return 'XGBoost model';
  }
  if (isKerasConfig(value)) {
    addKerasFlaws(value, findings);
    return 'Keras configuration';
  }
  return 'JSON';
}

function addTemplate(what: string, reach: string, findings: Findings): void {
  findings.fail(
    'template.escape',
    `${what} holds ${reach}, with which a template leaves its sandbox; use the model's own chat template`,
  );
}
