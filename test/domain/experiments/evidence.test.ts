import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evidenceOf } from '#domain/experiments/evidence.ts';
import type { ExperimentPlan } from '#domain/experiments/plan.ts';
import { startTally, tallied } from '#domain/experiments/tally.ts';
import { firstWeighing } from '#domain/experiments/weighing.ts';
import { DEFAULT_ROLLOUT_POLICY as ROLLOUT } from '#domain/gates/rollout-policy.ts';
import type { Moments } from '#domain/rollout/observation.ts';
import type { Counted } from '#domain/rollout/record.ts';
import { counters, ones, served } from './counts.ts';
import { samplePlan, twoTreatments } from './sample-plan.ts';

/** What scipy and numpy say; `fixtures/make_evidence.py` made it. */
const truth = JSON.parse(
  readFileSync(new URL('fixtures/evidence.json', import.meta.url), 'utf8'),
) as {
  readonly intervals: readonly {
    readonly kind: 'mean' | 'events';
    readonly generations: readonly Readonly<Record<string, Moments>>[];
    readonly low: number;
    readonly high: number;
  }[];
};

const score = (kind: 'mean' | 'events', changes: Partial<ExperimentPlan> = {}) =>
  samplePlan({
    metric: { id: 'score', kind, better: 'higher' },
    guardrails: ['failures'],
    ...changes,
  });

/** What is known after one look at each of `looks`, by generation. */
function seen(plan: ExperimentPlan, ...looks: readonly Readonly<Record<string, Counted>>[]) {
  const weighing = firstWeighing(plan, 1, 0);
  const start = startTally(plan, ROLLOUT, weighing);
  const tally = looks.reduce((sum, now) => tallied(sum, plan, ROLLOUT, now, weighing), start);
  return evidenceOf(tally, plan, ROLLOUT);
}

const scored = (bold: Moments, control: Moments) =>
  counters({ bold: served(bold.count), control: served(control.count) }, { bold, control });

const differenceOf = (evidence: ReturnType<typeof seen>, name = 'bold') =>
  evidence.arms.find((arm) => arm.name === name)?.difference;

describe('the interval of a difference', () => {
  it.each(truth.intervals.map((one, i) => [i, one] as const))(
    'is what scipy makes of the same outcomes: %d',
    (_i, { kind, generations, low, high }) => {
      const now = Object.fromEntries(
        generations.map(({ bold, control }, i) => [
          i + 1,
          scored(bold as Moments, control as Moments),
        ]),
      );
      const found = differenceOf(seen(score(kind), now));
      expect(found?.low).toBeCloseTo(low, 8);
      expect(found?.high).toBeCloseTo(high, 8);
    },
  );

  it('needs as many outcomes of either arm as means do', () => {
    const of = (count: number) =>
      differenceOf(seen(score('mean'), { 1: scored(ones(count, 50), ones(900, 450)) }));
    expect(of(ROLLOUT.meanSamplesMin - 1)).toBeUndefined();
    expect(of(ROLLOUT.meanSamplesMin)).toBeDefined();
  });

  it('is none where nothing varies, or where events are no noughts and ones', () => {
    const same = { count: 1000, mean: 2, m2: 0 };
    expect(differenceOf(seen(score('mean'), { 1: scored(same, same) }))).toBeUndefined();
    const graded = { count: 1000, mean: 0.5, m2: 83 };
    expect(differenceOf(seen(score('mean'), { 1: scored(graded, graded) }))).toBeDefined();
    expect(differenceOf(seen(score('events'), { 1: scored(graded, graded) }))).toBeUndefined();
  });

  it('holds at once for all treatments: each is as wide as at its part of alpha', () => {
    const arms = { bold: ones(1000, 100), pale: ones(1000, 100), control: ones(8000, 800) };
    const now = { 1: counters({ control: served(8000) }, arms) };
    const two = score('events', { treatments: twoTreatments });
    const half = { ...score('events'), alpha: 0.025 };
    expect(differenceOf(seen(two, now), 'pale')).toEqual(differenceOf(seen(two, now)));
    expect(differenceOf(seen(two, now))).toEqual(differenceOf(seen(half, now)));
  });

  it('takes failures from the traffic, those of one kind alone where it says so', () => {
    const now = {
      1: counters({
        bold: { ...served(1000, 40), kinds: { timeout: 30, threw: 10 } },
        control: { ...served(9000, 360), kinds: { timeout: 180, threw: 180 } },
      }),
    };
    const mean = (id: string) => {
      const plan = samplePlan({
        metric: { id, kind: 'events', better: 'lower' },
        guardrails: [id],
      });
      return seen(plan, now).arms.map((arm) => arm.mean);
    };
    expect(mean('failures')).toEqual([0.04, 0.04]);
    expect(mean('timeout')).toEqual([0.03, 0.02]);
  });
});

describe('a guardrail', () => {
  const plan = (...guardrails: string[]) => score('mean', { guardrails });
  const looks = (failures: number): Readonly<Record<string, Counted>>[] =>
    [1, 2, 3].map((i) => ({
      1: counters({ bold: served(400 * i, failures * i), control: served(3600 * i, 36 * i) }),
    }));

  it('is harmed by failures that an equal treatment would hardly have', () => {
    const of = (failures: number) => seen(plan('failures'), ...looks(failures)).guardrails;
    expect(of(4)).toMatchObject([{ id: 'failures', treatment: 'bold', harmed: false }]);
    expect(of(30)).toMatchObject([{ id: 'failures', treatment: 'bold', harmed: true }]);
  });

  it('says nothing until both arms have shown something', () => {
    expect(seen(plan('failures'), { 1: counters({ control: served(500) }) }).guardrails).toEqual(
      [],
    );
    expect(seen(plan('failures')).guardrails).toEqual([]);
  });

  it('is harmed by latency once the control has shown what is slow', () => {
    const slow = (i: number) => ({
      1: counters({
        bold: {
          ...served(200 * i),
          latency: [
            [100, 100 * i],
            [140, 100 * i],
          ],
        },
        control: { ...served(1800 * i), latency: [[100, 1800 * i]] },
      }),
    });
    expect(seen(plan('latency'), slow(1)).guardrails).toEqual([]);
    expect(seen(plan('latency'), slow(1), slow(2)).guardrails).toMatchObject([
      { id: 'latency', treatment: 'bold', harmed: true },
    ]);
  });

  it('is harmed by scores that fall', () => {
    const of = (sum: number) =>
      seen(plan('score'), { 1: scored(ones(1000, sum), ones(9000, 4500)) }).guardrails;
    expect(of(490)).toMatchObject([{ id: 'score', harmed: false }]);
    expect(of(400)).toMatchObject([{ id: 'score', harmed: true }]);
    expect(seen(plan('score'), { 1: scored(ones(99, 40), ones(9000, 4500)) }).guardrails).toEqual(
      [],
    );
  });

  it('counts traffic once, however often it is read', () => {
    const [first = {}, second = {}, third = {}] = looks(20);
    expect(seen(plan('failures'), first, first, second, second, first, third, third)).toEqual(
      seen(plan('failures'), first, second, third),
    );
  });
});

describe('the split of an experiment', () => {
  it('says nothing of no units, and finds one that is broken', () => {
    const of = (bold: number, control: number) =>
      seen(score('mean'), { 1: counters({ bold: served(bold), control: served(control) }) })
        .trafficSound;
    expect(of(0, 0)).toBeUndefined();
    expect(of(100, 900)).toBe(true);
    expect(of(200, 900)).toBe(false);
  });
});
