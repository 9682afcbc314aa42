import type { Check } from '#domain/gates/verdict.ts';
import { type Component, placeText, pypiName } from './component.ts';
import { compareKeys, orderKey } from './versions.ts';

/** What the artifact itself says about the library that wrote it: scikit-learn 1.4.2. */
export interface SavedWith {
  readonly name: string;
  readonly version: string;
}

/** Packages, one of which opens a file of a format, in the order of preference. */
const LOADERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['onnx', ['onnxruntime', 'onnxruntime-gpu']],
  ['pickle', ['scikit-learn']],
  ['joblib', ['scikit-learn']],
  ['skops', ['skops']],
  ['pytorch', ['torch']],
  ['safetensors', ['safetensors']],
  ['keras', ['keras', 'tensorflow']],
  ['saved-model', ['tensorflow', 'tensorflow-cpu']],
  ['xgboost', ['xgboost']],
  ['lightgbm', ['lightgbm']],
]);

/** Formats whose bytes only mean what the very release that wrote them made of them. */
const TIED = new Set(['pickle', 'joblib', 'skops']);

const ID = 'dependencies.loader';

/**
 * Whether it is known what opens a model of this format: one exact release among what the model
 * declares and what serving installs. That release is then judged like any other package.
 */
export function judgeLoader(
  format: string,
  components: readonly Component[],
  savedWith: readonly SavedWith[],
): Check[] {
  const loaders = LOADERS.get(format);
  if (loaders === undefined) {
    const message = `nothing is known about what opens "${format}"; convert the model to onnx`;
    return [
      {
        id: ID,
        verdict: 'inconclusive',
        observed: format,
        threshold: [...LOADERS.keys()],
        message,
      },
    ];
  }
  const found = loaders.flatMap((name) => components.filter((each) => pypiName(each) === name));
  const loader = found.find(({ pinned }) => pinned) ?? found[0];
  if (loader?.version === undefined) {
    const got = loader ? `${loader.name} without an exact version` : 'none of them';
    const message = `a model in ${format} is opened by ${loaders.join(' or ')}, and there is ${got}; declare "${loader?.name ?? loaders[0]}==<version>"`;
    const where = loader ? { where: placeText(loader.source) } : {};
    return [
      {
        id: ID,
        verdict: 'inconclusive',
        observed: loader?.specifier ?? null,
        threshold: loaders,
        message,
        ...where,
      },
    ];
  }
  const known: Check = {
    id: ID,
    verdict: 'pass',
    observed: `${loader.name} ${loader.version}`,
    threshold: loaders,
    message: `a model in ${format} is opened by ${loader.name} ${loader.version}`,
    where: placeText(loader.source),
  };
  return TIED.has(format) ? [known, judgeWriter(format, components, savedWith)] : [known];
}

function judgeWriter(
  format: string,
  components: readonly Component[],
  savedWith: readonly SavedWith[],
): Check {
  const id = 'dependencies.writer';
  const writer = savedWith.find(({ name }) => name === 'scikit-learn') ?? savedWith[0];
  if (writer === undefined) {
    const message = `the artifact does not say which release wrote it, and ${format} is only read safely by that one; convert the model to onnx`;
    return { id, verdict: 'inconclusive', observed: null, message };
  }
  const declared = components.find(
    (each) => pypiName(each) === writer.name && each.version !== undefined,
  );
  const threshold = `${writer.name} ${writer.version}`;
  const observed = declared ? `${declared.name} ${declared.version}` : null;
  const [wrote, reads] = [orderKey(writer.version), orderKey(declared?.version ?? '')];
  const base = { id, observed, threshold };
  if (wrote === undefined || reads === undefined) {
    const message = `written by ${threshold}, but which release will read it is unknown; declare "${writer.name}==${writer.version}"`;
    return { ...base, verdict: 'inconclusive', message };
  }
  return compareKeys(wrote, reads) === 0
    ? { ...base, verdict: 'pass', message: `${threshold} wrote the model and will read it` }
    : {
        ...base,
        verdict: 'fail',
        message: `written by ${threshold} and read by ${observed}: ${format} is not compatible between releases; declare "${writer.name}==${writer.version}" or train again`,
      };
}
