import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { evaluationSet } from '#domain/gates/evaluation-set.ts';
import { readPredictions } from '#domain/gates/performance/predictions.ts';
import { measureRobustness, type Robustness } from '#domain/gates/robustness/measure.ts';
import { DEFAULT_ROBUSTNESS_POLICY } from '#domain/gates/robustness/policy.ts';
import type { IoSchema } from '#domain/registry/io-schema.ts';
import { evaluate } from '../lambdas/onnx/evaluate.ts';
import { openSession } from '../lambdas/onnx/session.ts';

/**
 * Prints, for honest and backdoored models that `bench/robustness/make_models.py` trained, how
 * many each check flags at the default policy, and the share of honest models by anomaly index.
 * `npx tsx bench/robustness.ts /tmp/robustness-models`, about half a second a model.
 */
interface Listed {
  readonly file: string;
  readonly rows: string;
  readonly estimator: string;
  /** 0 for a regression. */
  readonly classes: number;
  readonly features: number;
  readonly outputs: readonly [string, string?];
  readonly trigger: string | null;
}

const FAMILIES: Readonly<Record<string, string>> = {
  tree: 'trees',
  forest: 'trees',
  boosting: 'trees',
  knn: 'neighbours',
  naive_bayes: 'naive Bayes',
};
const familyOf = ({ estimator }: Listed): string => FAMILIES[estimator] ?? 'linear, MLP';

const [directory = '/tmp/robustness-models'] = process.argv.slice(2);
const listed = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')) as Listed[];
const policy = DEFAULT_ROBUSTNESS_POLICY;

function schemaOf({ classes, features, outputs }: Listed, columns: string[]): IoSchema {
  const [first, second = 'probabilities'] = outputs;
  return {
    inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, features], features: columns }],
    outputs:
      classes === 0
        ? [{ name: first, datatype: 'FP32', shape: [-1, 1], role: 'value' }]
        : [
            { name: first, datatype: 'INT64', shape: [-1], role: 'label' },
            { name: second, datatype: 'FP32', shape: [-1, classes], role: 'probabilities' },
          ],
  };
}

async function measure(model: Listed): Promise<Robustness> {
  const [header = [], ...rows] = parse(readFileSync(join(directory, model.rows))) as string[][];
  const schema = schemaOf(model, header.slice(0, -1));
  const task =
    model.classes === 0
      ? 'regression'
      : model.classes === 2
        ? 'binary-classification'
        : 'multiclass-classification';
  const set = evaluationSet(schema, { target: 'target', task }, { header, rows });
  if (!set.ok) throw new Error(`${model.rows}: ${set.reason}`);
  const session = await openSession(join(directory, model.file));
  if (!session.ok) throw new Error(`${model.file}: ${session.reason}`);
  const measured = await measureRobustness(
    schema,
    set.value,
    async (feeds, count) => {
      const answers = await evaluate(session.value, { ...set.value, feeds, rows: count });
      return answers.ok ? readPredictions(set.value.plan, answers.value) : answers;
    },
    policy,
    7,
  );
  await session.value.close();
  if (!measured.ok) throw new Error(`${model.file}: ${measured.reason}`);
  return measured.value;
}

const { noiseDropMax, missingDropMax, flipShareMax, triggerIndexMax } = policy;
const figures = {
  noise: { of: (r: Robustness) => (r.noise.ok ? r.noise.value.drop : 0), above: noiseDropMax },
  missing: {
    of: (r: Robustness) => (r.missing.ok ? (r.missing.value[0]?.drop ?? 0) : 0),
    above: missingDropMax,
  },
  flips: {
    of: (r: Robustness) => (r.attack.ok ? r.attack.value.flipShare : 0),
    above: flipShareMax,
  },
  trigger: { of: indexOf, above: triggerIndexMax },
} as const;

function indexOf({ triggers }: Robustness): number {
  return triggers.ok ? (triggers.value[0]?.index ?? 0) : 0;
}

const measured: { readonly model: Listed; readonly found: Robustness }[] = [];
for (const model of listed) measured.push({ model, found: await measure(model) });

const share = (part: number, of: number): string =>
  of === 0 ? '' : `${part} of ${of} (${((100 * part) / of).toFixed(1)} %)`;
const honest = measured.filter(({ model }) => model.trigger === null);
const planted = measured.filter(({ model }) => model.trigger !== null);

const row = (...cells: readonly unknown[]): void => console.log(`| ${cells.join(' | ')} |`);
const quantiles = [0.5, 0.9, 0.95, 0.99, 1];
row('check', 'task', 'flagged honest', ...quantiles.map((q) => `q${100 * q}`));
for (const [name, { of, above }] of Object.entries(figures)) {
  for (const task of ['classes', 'regression'] as const) {
    const values = honest
      .filter(({ model }) => model.classes > 0 === (task === 'classes'))
      .map(({ found }) => of(found))
      .sort((a, b) => a - b);
    const at = quantiles.map((q) => values[Math.max(0, Math.ceil(q * values.length) - 1)] ?? 0);
    const flagged = values.filter((value) => value > above).length;
    row(name, task, share(flagged, values.length), ...at.map((value) => value.toFixed(3)));
  }
}

console.log('\nhonest models above each anomaly index');
for (const index of [1, 2, 3, 3.5, 4, 5, 6, 7, 8, 9, 9.5]) {
  const flagged = honest.filter(({ found }) => indexOf(found) > index).length;
  const caught = planted.filter(({ found }) => indexOf(found) > index).length;
  row(index, share(flagged, honest.length), share(caught, planted.length));
}

console.log('\nflagged by the anomaly index, by family and trigger');
for (const family of new Set(listed.map(familyOf))) {
  for (const trigger of [null, 'beyond', 'maximum', 'minimum', 'inside', 'pair']) {
    const group = measured.filter(
      ({ model }) => familyOf(model) === family && model.trigger === trigger,
    );
    const flagged = group.filter(({ found }) => indexOf(found) > triggerIndexMax).length;
    row(family, trigger ?? 'honest', share(flagged, group.length));
  }
}

console.log('\nhonest models flagged by the checks that may fail a version');
for (const { model, found } of honest) {
  const said = (['noise', 'missing', 'flips'] as const)
    .filter((name) => figures[name].of(found) > figures[name].above)
    .map((name) => `${name} ${figures[name].of(found).toFixed(3)}`);
  if (said.length > 0) row(model.file, said.join(', '));
}
