import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Feed, TensorData } from '#domain/gates/feed.ts';
import { type FeatureColumn, featureColumns } from '#domain/gates/performance/feature-columns.ts';
import { makeProfile } from '#domain/gates/performance/make-profile.ts';
import { planOutputs, type Task } from '#domain/gates/performance/output-roles.ts';
import { type OutputColumn, readPredictions } from '#domain/gates/performance/predictions.ts';
import type { ReferenceProfile } from '#domain/gates/performance/reference-profile.ts';
import {
  binsOf,
  countCategory,
  countNumber,
  type FeatureBins,
  noCounts,
  placeOfNumber,
} from '#domain/monitoring/statistics/bins.ts';
import { countScore, noScores } from '#domain/monitoring/statistics/estimated-accuracy.ts';
import { countPair, pairBinsOf } from '#domain/monitoring/statistics/pair-bins.ts';
import { answeredDistribution } from '#domain/monitoring/statistics/predictions.ts';
import { hashOf } from '#domain/registry/canonical.ts';
import type { Datatype, InputSpec, OutputSpec } from '#domain/registry/io-schema.ts';
import type { Tensor } from '#domain/serving/tensor.ts';
import { rowCounters } from '../../../../lambdas/serving/capture/count-rows.ts';

const SHA = hashOf('profile');

/** Each kind of input that a profile can have. */
const INPUTS: readonly InputSpec[] = [
  { name: 'wide', datatype: 'FP32', shape: [-1, 3], features: ['a', 'b', 'c'] },
  { name: 'half', datatype: 'FP16', shape: [-1, 1] },
  { name: 'double', datatype: 'FP64', shape: [-1] },
  { name: 'long', datatype: 'INT64', shape: [-1, 1] },
  { name: 'listed', datatype: 'INT64', shape: [-1, 1], domain: { values: [1, 2] } },
  { name: 'grade', datatype: 'FP32', shape: [-1, 1], domain: { values: [0.1, 0.2] } },
  { name: 'flag', datatype: 'BOOL', shape: [-1, 1] },
  { name: 'text', datatype: 'BYTES', shape: [-1, 2], features: ['city', 'plan'] },
  { name: 'void', datatype: 'FP32', shape: [-1, 1] },
];

const few = fc.constantFrom(0, -0, 1, 2, 3.5, -1e9, 7e-5, Number.NaN);
const CELLS: Readonly<Record<string, (length: number) => fc.Arbitrary<TensorData>>> = {
  wide: (n) => arrayOf(fc.oneof(few, fc.float({ noDefaultInfinity: true })), n, Float32Array),
  half: (n) => arrayOf(fc.constantFrom(0x3c00, 0xbc00, 0x7e00, 0x0001, 0x8000, 0), n, Uint16Array),
  double: (n) => arrayOf(fc.oneof(few, fc.double({ noDefaultInfinity: true })), n, Float64Array),
  long: (n) =>
    all(fc.bigInt({ min: -9n, max: 2n ** 60n }), n).map((all) => BigInt64Array.from(all)),
  listed: (n) => all(fc.bigInt({ min: 0n, max: 4n }), n).map((all) => BigInt64Array.from(all)),
  grade: (n) => arrayOf(fc.constantFrom(0.1, 0.2, 0.3, Number.NaN), n, Float32Array),
  flag: (n) => arrayOf(fc.constantFrom(0, 1), n, Uint8Array),
  text: (n) => all(fc.constantFrom('', 'bern', 'rome', 'true', '1'), n),
  void: (n) => fc.constant(new Float32Array(n).fill(Number.NaN)),
};
const all = <T>(cell: fc.Arbitrary<T>, length: number) =>
  fc.array(cell, { minLength: length, maxLength: length });
const arrayOf = <T extends TensorData>(
  cell: fc.Arbitrary<number>,
  length: number,
  type: { from(values: Iterable<number>): T },
) => all(cell, length).map((values) => type.from(values));

const widthOf = ({ features }: InputSpec) => features?.length ?? 1;
const feedsOf = (rows: number): fc.Arbitrary<readonly Feed[]> =>
  fc.tuple(
    ...INPUTS.map((spec) =>
      (CELLS[spec.name] as (typeof CELLS)[string])(rows * widthOf(spec)).map((data): Feed => {
        const { name, datatype } = spec;
        return { name, datatype, rowShape: [widthOf(spec)], width: widthOf(spec), data };
      }),
    ),
  );
const tensorOf = ({ name, datatype, width, data }: Feed): Tensor => ({
  ...{ name, datatype, data },
  shape: [data.length / width, width],
});

const profileOf = (rows: number, feeds: readonly Feed[]): ReferenceProfile =>
  makeProfile({
    rows,
    columns: featureColumns(INPUTS, feeds),
    answers: {
      truth: { kind: 'values', values: new Float64Array(rows) },
      predictions: { kind: 'values', values: new Float64Array(rows) },
    },
  });

const placesIn = (bins: FeatureBins | undefined, column: FeatureColumn | undefined): number[] =>
  bins && column?.kind === 'numeric'
    ? Array.from(column.values, (value) => placeOfNumber(bins, value))
    : [];

const NO_OUTPUTS: ReadonlyMap<string, Tensor> = new Map();
const io = (outputs: OutputSpec[] = []) => ({ inputs: [...INPUTS], outputs });

describe('features of rows', () => {
  it('are counted as the bins of their profile say, whatever their type', () => {
    const judged = fc
      .integer({ min: 1, max: 80 })
      .chain((rows) => feedsOf(rows).map((feeds) => ({ rows, feeds })));
    const asked = fc.array(
      fc
        .integer({ min: 1, max: 5 })
        .chain((rows) => feedsOf(rows).map((feeds) => ({ rows, feeds }))),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(judged, asked, (reference, requests) => {
        const profile = profileOf(reference.rows, reference.feeds);
        const counter = rowCounters({ profile, sha256: SHA }, { io: io() })?.();
        const bins = profile.features.map(({ distribution }) => binsOf(distribution));
        const expected = bins.map(noCounts);
        const pairs = pairBinsOf(profile);
        const expectedPairs = pairs.map((pair) => noCounts(pair.bins));
        for (const { rows, feeds } of requests) {
          counter?.count({ inputs: feeds.map(tensorOf), outputs: NO_OUTPUTS, rows });
          featureColumns(INPUTS, feeds).forEach((read, i) => {
            const [of, counts] = [bins[i], expected[i]];
            if (!of || !counts) return;
            const column = read();
            if (column.kind === 'numeric') {
              for (const value of column.values) countNumber(of, counts, value);
            } else for (const value of column.values) countCategory(of, counts, value);
          });
          const columns = featureColumns(INPUTS, feeds).map((read) => read());
          for (const [i, pair] of pairs.entries()) {
            const [first, second] = pair.of.map((at) => placesIn(bins[at], columns[at]));
            first?.forEach((place, row) => {
              const counts = expectedPairs[i] ?? noCounts(pair.bins);
              countPair(pair, counts, place, second?.[row] as number);
            });
          }
        }
        const rows = requests.reduce((sum, one) => sum + one.rows, 0);
        expect(counter?.counted()).toEqual({
          ...{ profile: SHA, counted: rows, features: expected },
          ...(pairs.length > 0 && { pairs: expectedPairs }),
        });
      }),
      { numRuns: 60 },
    );
  });

  const [feeds = []] = fc.sample(feedsOf(40), 1);
  const profile = profileOf(40, feeds);

  it('are not counted where an input has another width than its names', () => {
    const counter = rowCounters({ profile, sha256: SHA }, { io: io() })?.();
    const inputs = feeds.map(tensorOf);
    const wider = { ...inputs[0], data: new Float32Array(121) } as Tensor;
    counter?.count({ inputs: [wider, ...inputs.slice(1)], outputs: NO_OUTPUTS, rows: 40 });
    expect(counter?.counted().counted).toBe(0);
  });

  it('are left as they are where a request leaves an input out', () => {
    const counter = rowCounters({ profile, sha256: SHA }, { io: io() })?.();
    const inputs = feeds.map(tensorOf).filter(({ name }) => name !== 'flag');
    counter?.count({ inputs, outputs: NO_OUTPUTS, rows: 40 });
    const at = profile.features.findIndex(({ input }) => input === 'flag');
    expect(counter?.counted().counted).toBe(40);
    expect(counter?.counted().features[at]?.counts.every((count) => count === 0)).toBe(true);
  });

  it('have no counters by the profile of other inputs', () => {
    const renamed = INPUTS.map((input) => ({ ...input, name: `${input.name}2` }));
    expect(
      rowCounters({ profile, sha256: SHA }, { io: { inputs: renamed, outputs: [] } }),
    ).toBeUndefined();
    const retyped = INPUTS.map((input) =>
      input.name === 'double' ? { ...input, datatype: 'BYTES' as const } : input,
    );
    expect(
      rowCounters({ profile, sha256: SHA }, { io: { inputs: retyped, outputs: [] } }),
    ).toBeUndefined();
  });
});

interface Answered {
  readonly outputs: OutputSpec[];
  readonly tensors: (rows: number) => fc.Arbitrary<readonly Tensor[]>;
}

const softmax = (datatype: Datatype, labels?: string[]): Answered => ({
  outputs: [{ name: 'p', datatype, shape: [-1, 3], ...(labels && { labels }) }],
  tensors: (rows) =>
    all(fc.constantFrom([0.25, 0.5, 0.25], [0.5, 0.5, 0], [0.125, 0.125, 0.75]), rows).map((p) => [
      { name: 'p', datatype, shape: [rows, 3], data: Float32Array.from(p.flat()) },
    ]),
});
const both: Answered = {
  outputs: [
    { name: 'label', datatype: 'INT64', shape: [-1] },
    { name: 'p', datatype: 'FP32', shape: [-1, 2], labels: ['no', 'yes'] },
  ],
  tensors: (rows) =>
    fc
      .tuple(
        all(fc.bigInt({ min: -1n, max: 2n }), rows),
        all(fc.constantFrom(0, 0.25, 0.5, 0.75), rows),
      )
      .map(([labels, p]) => [
        { name: 'label', datatype: 'INT64', shape: [rows], data: BigInt64Array.from(labels) },
        {
          ...{ name: 'p', datatype: 'FP32', shape: [rows, 2] },
          data: Float32Array.from(p.flatMap((one) => [1 - one, one])),
        },
      ]),
};
const single: Answered = {
  outputs: [{ name: 'p', datatype: 'FP16', shape: [-1, 1] }],
  tensors: (rows) =>
    // 0, ½, ¾ and 1 in half precision.
    arrayOf(fc.constantFrom(0, 0x3800, 0x3a00, 0x3c00), rows, Uint16Array).map((data) => [
      { name: 'p', datatype: 'FP16', shape: [rows, 1], data },
    ]),
};
const named: Answered = {
  outputs: [{ name: 'label', datatype: 'BYTES', shape: [-1, 1], labels: ['no', 'yes'] }],
  tensors: (rows) =>
    all(fc.constantFrom('no', 'yes', 'maybe'), rows).map((data) => [
      { name: 'label', datatype: 'BYTES', shape: [rows, 1], data },
    ]),
};
const value: Answered = {
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
  tensors: (rows) =>
    arrayOf(fc.float({ noNaN: true, noDefaultInfinity: true }), rows, Float32Array).map((data) => [
      { name: 'y', datatype: 'FP32', shape: [rows, 1], data },
    ]),
};

const CASES: readonly [string, Task, Answered][] = [
  ['the greatest of several probabilities', 'multiclass-classification', softmax('FP32')],
  ['named classes of probabilities', 'multiclass-classification', softmax('FP32', ['a', 'b', 'c'])],
  ['a label beside its probabilities', 'binary-classification', both],
  ['one probability of two classes', 'binary-classification', single],
  ['labels alone, in words', 'binary-classification', named],
  ['a number', 'regression', value],
];

const column = ({ name, datatype, shape, data }: Tensor): OutputColumn => {
  const half = new Map([
    [0, 0],
    [0x3800, 0.5],
    [0x3a00, 0.75],
    [0x3c00, 1],
  ]);
  const values = Array.isArray(data)
    ? data
    : Float64Array.from(data as Iterable<number | bigint>, (cell) =>
        datatype === 'FP16' ? (half.get(Number(cell)) ?? 0) : Number(cell),
      );
  return { name, width: data.length / (shape[0] ?? 1), values };
};

describe('answers of rows', () => {
  const input: InputSpec = { name: 'x', datatype: 'FP32', shape: [-1, 1] };
  const feed = (rows: number): Feed => ({
    ...{ name: 'x', datatype: 'FP32', rowShape: [1], width: 1 },
    data: new Float32Array(rows),
  });

  it.each(CASES)('are counted as the gate reads them: %s', (_, task, { outputs, tensors }) => {
    const plan = planOutputs({ inputs: [input], outputs }, task);
    if (!plan.ok) throw new Error(plan.reason);
    const read = (answered: readonly Tensor[]) => {
      const predictions = readPredictions(plan.value, answered.map(column));
      if (!predictions.ok) throw new Error(predictions.reason);
      return predictions.value;
    };
    const ROWS = 30;
    fc.assert(
      fc.property(tensors(ROWS), tensors(5), (judged, asked) => {
        const classes = plan.value.kind === 'classes' ? plan.value.classes : [];
        const truth =
          plan.value.kind === 'classes'
            ? { kind: 'classes' as const, indexes: new Int32Array(ROWS).fill(1), classes }
            : { kind: 'values' as const, values: new Float64Array(ROWS) };
        const profile = makeProfile({
          rows: ROWS,
          columns: featureColumns([input], [feed(ROWS)]),
          answers: { truth, predictions: read(judged) },
        });
        const evaluation = { dataset: 'd.csv', target: 't', task };
        const manifest = { io: { inputs: [input], outputs }, evaluation };
        const counter = rowCounters({ profile, sha256: SHA }, manifest)?.();
        counter?.count({
          inputs: [tensorOf(feed(5))],
          outputs: new Map(asked.map((output) => [output.name, output])),
          rows: 5,
        });
        const { predictions } = profile;
        if (!predictions) throw new Error('no predictions');
        const bins = binsOf(answeredDistribution(predictions));
        const answers = noCounts(bins);
        const now = read(asked);
        if (now.kind === 'values') for (const one of now.values) countNumber(bins, answers, one);
        else for (const one of now.predicted) countCategory(bins, answers, classes[one] ?? '?');
        expect(counter?.counted().answers).toEqual(answers);

        const scores = predictions.kind === 'classes' ? predictions.scores : undefined;
        if (!scores || now.kind !== 'classes') return;
        const expected = noScores(scores);
        now.predicted.forEach((predicted, row) => {
          const judgedClass = classes.length === 2 ? 1 : predicted;
          countScore(
            scores,
            expected,
            now.probabilities?.[row * classes.length + judgedClass] ?? 0,
          );
        });
        expect(counter?.counted().scores).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  const scored = () => {
    const profile = makeProfile({
      rows: 20,
      columns: featureColumns([input], [feed(20)]),
      answers: {
        truth: { kind: 'classes', indexes: new Int32Array(20), classes: ['no', 'yes'] },
        predictions: {
          kind: 'classes',
          predicted: new Int32Array(20),
          probabilities: new Float64Array(40).fill(0.5),
        },
      },
    });
    const evaluation = { dataset: 'd', target: 't', task: 'binary-classification' as const };
    const manifest = { io: { inputs: [input], outputs: both.outputs }, evaluation };
    return rowCounters({ profile, sha256: SHA }, manifest)?.();
  };

  it('count what the client asked for alone: a class is not guessed from its probabilities', () => {
    const [judged = []] = fc.sample(both.tensors(20), 1);
    const counter = scored();
    const outputs = new Map(judged.filter(({ name }) => name === 'p').map((p) => [p.name, p]));
    counter?.count({ inputs: [tensorOf(feed(20))], outputs, rows: 20 });
    const { answers, scores } = counter?.counted() ?? {};
    expect(answers?.counts.every((count) => count === 0)).toBe(true);
    expect(scores?.counts.reduce((sum, count) => sum + count, 0)).toBe(20);
  });

  it('keep sums of scores finite, as JSON must have them', () => {
    const counter = scored();
    const data = new Float64Array(40).fill(Number.MAX_VALUE);
    const p: Tensor = { name: 'p', datatype: 'FP64', shape: [20, 2], data };
    counter?.count({ inputs: [tensorOf(feed(20))], outputs: new Map([['p', p]]), rows: 20 });
    expect(counter?.counted().scores?.sums).toContain(Number.MAX_VALUE);
  });

  it('are not counted where the manifest does not say what they are', () => {
    const profile = profileOf(1, fc.sample(feedsOf(1), 1)[0] ?? []);
    const counter = rowCounters({ profile, sha256: SHA }, { io: io(value.outputs) })?.();
    expect(counter?.counted()).not.toHaveProperty('answers');
  });
});
