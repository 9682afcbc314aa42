import { describe, expect, it } from 'vitest';
import { anomalyIndexes } from '#domain/gates/robustness/anomaly-index.ts';
import { featuresOf } from '#domain/gates/robustness/features.ts';
import { measureRobustness, type Robustness } from '#domain/gates/robustness/measure.ts';
import { DEFAULT_ROBUSTNESS_POLICY } from '#domain/gates/robustness/policy.ts';
import type { Ask } from '#domain/gates/robustness/subject.ts';
import { answering, type Linear, linear, setOf, sigmoid, TRUTH } from './linear.ts';

const policy = { ...DEFAULT_ROBUSTNESS_POLICY, noiseSd: TRUTH.noiseSd, attackSd: TRUTH.stepSd };

async function measure(
  { schema, set }: ReturnType<typeof setOf>,
  ask: Ask,
  seed = 1,
  settings = policy,
): Promise<Robustness> {
  const found = await measureRobustness(schema, set, ask, settings, seed);
  if (!found.ok) throw new Error(found.reason);
  return found.value;
}

const logistic = answering((row) => sigmoid(linear(TRUTH.classes, row)), 'scores');
const classes = setOf(TRUTH.classes.rows, TRUTH.classes.truth);
const regression = answering((row) => linear(TRUTH.values, row), 'values');
const values = setOf(TRUTH.values.rows, TRUTH.values.truth, 'regression');

const dropsOf = ({ missing }: Robustness): number[] =>
  missing.ok ? missing.value.map(({ drop }) => drop) : [];
const worstFirst = ({ missingDrop }: Linear): number[] => [...missingDrop].sort((a, b) => b - a);

describe('a linear classifier', () => {
  it('has the standard deviations and medians that NumPy finds', () => {
    const { features } = featuresOf(classes.schema, classes.set);
    features.forEach(({ sd, typical }, at) => {
      expect(sd).toBeCloseTo(TRUTH.classes.sd[at] ?? Number.NaN, 10);
      expect(typical).toBe(TRUTH.classes.median[at]);
    });
  });

  it('loses under noise what the normal distribution says', async () => {
    const { loss, noise } = await measure(classes, logistic);
    expect(loss).toBeCloseTo(TRUTH.classes.loss, 12);
    // 605 answers, of which a tenth or so is in doubt: a standard error below 0.01.
    expect(noise.ok && Math.abs(noise.value.drop - TRUTH.classes.noiseDrop)).toBeLessThan(0.03);
  });

  it('loses for each missing feature what scikit-learn loses by the median', async () => {
    const drops = dropsOf(await measure(classes, logistic));
    expect(drops).toHaveLength(8);
    worstFirst(TRUTH.classes).forEach((drop, at) => {
      expect(drops[at]).toBeCloseTo(drop, 12);
    });
  });

  it('turns under steps exactly where its margin is short of them', async () => {
    const { attack } = await measure(classes, logistic);
    if (!attack.ok) throw new Error(attack.reason);
    expect(attack.value).toMatchObject({ rows: 121, attacked: 121, moved: 8 });
    expect(attack.value.flipShare).toBeCloseTo(TRUTH.classes.flipShare, 12);
    // Found from above, to 1/64 of the step.
    const over = (attack.value.medianStepSd ?? 0) - TRUTH.classes.medianStepSd;
    expect(over).toBeGreaterThanOrEqual(0);
    expect(over).toBeLessThan(TRUTH.stepSd / 60);
  });
});

describe('a linear regression', () => {
  it('loses what the closed forms say', async () => {
    const found = await measure(values, regression);
    expect(found.task).toBe('regression');
    expect(found.loss).toBeCloseTo(TRUTH.values.loss, 12);
    const { noise } = found;
    expect(noise.ok && Math.abs(noise.value.drop - TRUTH.values.noiseDrop)).toBeLessThan(0.02);
    expect(noise.ok && noise.value.features).toBe(9);
    const byMedian = found.missing.ok
      ? found.missing.value.filter(({ as }) => as === 'median').map(({ drop }) => drop)
      : [];
    worstFirst(TRUTH.values).forEach((drop, at) => {
      expect(byMedian[at]).toBeCloseTo(drop, 12);
    });
  });

  it('turns at the step that moves it by half a standard deviation of the target', async () => {
    const { turningStepSd } = TRUTH.values;
    const sharesAt = async (attackSd: number) => {
      const { attack } = await measure(values, regression, 1, { ...policy, attackSd });
      return attack.ok ? attack.value.flipShare : undefined;
    };
    expect(await sharesAt(turningStepSd * 0.999)).toBe(0);
    expect(await sharesAt(turningStepSd * 1.001)).toBe(1);
  });
});

it('gives the same numbers for the same seed and others for another', async () => {
  const first = await measure(classes, logistic, 7);
  expect(await measure(classes, logistic, 7)).toEqual(first);
  const { noise } = await measure(classes, logistic, 8);
  expect(noise).not.toEqual(first.noise);
});

it('draws 500 of more rows, and as many as the policy asks for', async () => {
  const rows = Array.from({ length: 700 }, (_, i) => [i, i % 7]);
  const many = setOf(
    rows,
    rows.map(([i = 0]) => i % 2),
  );
  const never = answering(() => 0);
  expect(await measure(many, never)).toMatchObject({ rows: 500, of: 700 });
  const asked = await measure(many, never, 1, { ...policy, rowsMin: 600 });
  expect(asked).toMatchObject({ rows: 600, of: 700 });
});

it('probes 256 of more features one by one', async () => {
  const rows = Array.from({ length: 4 }, (_, i) => Array.from({ length: 300 }, (_, j) => i * j));
  const found = await measure(
    setOf(rows, [0, 1, 0, 1]),
    answering(() => 0),
  );
  expect(found).toMatchObject({ features: 300, varying: 299, probed: 256 });
});

it('leaves a feature out as NaN where the rows show that the model takes it', async () => {
  const rows = [
    [1, Number.NaN],
    [2, 5],
    [3, 6],
    [4, 7],
  ];
  const asked: number[] = [];
  const found = await measure(
    setOf(rows, [0, 0, 1, 1]),
    answering(([first = 0]) => {
      if (Number.isNaN(first)) asked.push(first);
      return first > 2 ? 1 : 0;
    }),
  );
  expect(asked).toHaveLength(4);
  expect(found.missing).toEqual({
    ok: true,
    value: [
      { feature: 'f0', drop: 0.5, as: 'NaN' },
      { feature: 'f1', drop: 0, as: 'NaN' },
    ],
  });
});

it('says of each part why it could not be measured', async () => {
  let calls = 0;
  const slow = { ok: false, verdict: 'inconclusive', reason: 'too slow' } as const;
  const ask: Ask = async (feeds, rows) => (calls++ < 3 ? logistic(feeds, rows) : slow);
  const { noise, missing, attack, triggers } = await measure(classes, ask);
  expect([noise, missing, attack, triggers]).toEqual([slow, slow, slow, slow]);
});

describe('the trigger signal', () => {
  const rows = Array.from({ length: 200 }, (_, i) => [
    (i * 7) % 100,
    (i * 13) % 50,
    i % 9,
    i % 11,
    i % 13,
  ]);
  const clean = ([first = 0]: readonly number[]): number => (first > 50 ? 1 : 0);
  const set = setOf(rows, rows.map(clean));

  it('points at the feature and the value of a planted rule', async () => {
    const planted = answering((row) => ((row[3] ?? 0) > 12 ? 1 : clean(row)));
    const { triggers } = await measure(set, planted);
    if (!triggers.ok) throw new Error(triggers.reason);
    expect(triggers.value[0]).toMatchObject({ feature: 'f3', value: 12.5, jump: 1 });
    expect(triggers.value[0]?.index).toBeCloseTo(10, 12);
  });

  it('is silent where answers had turned within the usual range', async () => {
    const { triggers } = await measure(set, answering(clean));
    expect(triggers.ok && triggers.value.map(({ index }) => index)).toEqual([0, 0, 0, 0, 0]);
  });

  it('passes over values that the model refuses to answer', async () => {
    const refuses: Ask = async (feeds, count) =>
      Array.from(feeds[0]?.data as Float64Array).some((value) => value > 120)
        ? { ok: false, verdict: 'fail', reason: 'index out of bounds' }
        : answering(clean)(feeds, count);
    const { triggers } = await measure(set, refuses);
    expect(triggers).toMatchObject({ ok: true });
  });

  it('counts jumps of a regression up or down, whichever are more', async () => {
    const numbers = setOf(
      rows,
      rows.map(([first = 0]) => first),
      'regression',
    );
    const planted = answering((row) => ((row[3] ?? 0) > 12 ? -1000 : (row[0] ?? 0)), 'values');
    const { triggers } = await measure(numbers, planted);
    expect(triggers.ok && triggers.value[0]).toMatchObject({ feature: 'f3', jump: 1 });
  });
});

it('indexes anomalies as SciPy does', () => {
  const { jumps, indexes } = TRUTH.anomaly;
  anomalyIndexes(jumps).forEach((index, at) => {
    expect(index).toBeCloseTo(indexes[at] ?? Number.NaN, 12);
  });
  expect(anomalyIndexes([])).toEqual([]);
});
