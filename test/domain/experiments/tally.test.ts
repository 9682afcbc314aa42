import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  differences,
  generationsToRead,
  OPEN_GENERATIONS,
  startTally,
  type Tally,
  tallied,
  totals,
} from '#domain/experiments/tally.ts';
import { firstWeighing } from '#domain/experiments/weighing.ts';
import { DEFAULT_ROLLOUT_POLICY as ROLLOUT } from '#domain/gates/rollout-policy.ts';
import type { Counted } from '#domain/rollout/record.ts';
import { counters, met, ones, processes, served } from './counts.ts';
import { scorePlan } from './sample-record.ts';

const plan = scorePlan();
const weighing = firstWeighing(plan, 1, 0);
const start = startTally(plan, ROLLOUT, weighing);
type Looks = readonly Readonly<Record<string, Counted>>[];
const lookedAt = (looks: Looks, from: Tally = start) =>
  looks.reduce((tally, now) => tallied(tally, plan, ROLLOUT, now, weighing), from);

const generation = (bold: number, control: number, sum: number) =>
  counters(
    { bold: served(bold), control: served(control) },
    { bold: ones(bold, Math.min(sum, bold)), control: ones(control, Math.min(sum, control)) },
  );

describe('a tally', () => {
  it('is the same however often and in however many looks counters were read', () => {
    const counts = fc.array(fc.tuple(fc.nat(50), fc.nat(400), fc.nat(30)), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(counts, fc.array(fc.nat(5), { maxLength: 8 }), (steps, again) => {
        let [bold, control, sum] = [0, 0, 0];
        const looks = steps.map(([a, b, c]) => {
          [bold, control, sum] = [bold + a, control + b, sum + Math.min(a, b, c)];
          return { 1: generation(bold, control, sum) };
        });
        const repeated = looks.flatMap((look, i) => (again.includes(i) ? [look, look] : [look]));
        const once = lookedAt(looks.slice(-1));
        for (const tally of [lookedAt(looks), lookedAt(repeated)]) {
          expect(totals(tally, plan)).toEqual(totals(once, plan));
          expect(differences(tally, plan, 'metric')).toEqual(differences(once, plan, 'metric'));
          expect(tally.split.counts).toEqual(once.split.counts);
        }
      }),
    );
  });

  it('loses nothing of what it has counted when counters are gone', () => {
    const full = lookedAt([{ 1: generation(100, 900, 50) }]);
    const gone = lookedAt([{ 1: counters({}) }], full);
    expect(totals(gone, plan)).toEqual(totals(full, plan));
  });

  it('keeps the sums of generations that are read no more', () => {
    const many = Array.from({ length: OPEN_GENERATIONS + 5 }, (_, i) => ({
      [i + 1]: generation(20 + i, 180 + i, 15 + i),
    }));
    const tally = lookedAt(many);
    const all: Record<string, Counted> = Object.assign({}, ...many);
    const { open } = tally;
    expect(Object.keys(open)).toHaveLength(OPEN_GENERATIONS);
    expect(Object.keys(open)).not.toContain('5');
    const unfolded = { ...start, open: all };
    const [bold] = totals(tally, plan);
    const [same] = totals(unfolded, plan);
    expect(bold?.traffic).toEqual(same?.traffic);
    expect(bold?.scores.mean).toBeCloseTo(same?.scores.mean ?? 0, 12);
    const [folded, whole] = [tally, unfolded].map((one) => differences(one, plan, 'metric').bold);
    expect(folded?.weight).toBeCloseTo(whole?.weight ?? 0, 9);
    expect(folded?.weighted).toBeCloseTo(whole?.weighted ?? 0, 9);
    expect(folded?.canaryDf).toBe(whole?.canaryDf);
  });

  it('counts a user whom several processes met once', () => {
    const failures = {
      ...plan,
      metric: { id: 'failures', kind: 'events', better: 'lower' },
    } as const;
    const process = { bold: met(0, 20), control: met(20, 200) };
    const looks = [1, 4].map((count) => ({ 1: processes(count, process) }));
    for (const seen of [looks.slice(1), looks]) {
      const tally = lookedAt(seen);
      expect(tally.split.counts).toEqual({ bold: 20, control: 180 });
      const [bold, control] = totals(tally, failures);
      expect(bold?.metric).toMatchObject({ count: 20, mean: 0.1 });
      expect(control?.metric).toMatchObject({ count: 180, mean: 0.1 });
    }
    const later = lookedAt([{ 1: processes(2, process), 2: processes(2, process) }]);
    expect(totals(later, failures).map(({ traffic }) => traffic.failures)).toEqual([2, 18]);
  });

  it('knows who failed under generations that are read no more', () => {
    const many = Array.from({ length: OPEN_GENERATIONS + 2 }, (_, i) => ({
      [i + 1]: processes(2, { bold: met(0, 20), control: met(20, 200) }),
    }));
    const tally = lookedAt(many);
    expect(Object.keys(tally.open)).not.toContain('1');
    expect(totals(tally, plan).map(({ traffic }) => traffic.failures)).toEqual([2, 18]);
  });

  it('counts nothing of other trials', () => {
    const other = {
      traffic: { candidate: generation(9, 9, 9).traffic.colour ?? {} },
      outcomes: {},
    };
    expect(totals(lookedAt([{ 1: other }]), plan).map(({ traffic }) => traffic.exposures)).toEqual([
      0, 0,
    ]);
  });

  it('tests no units by weights that were not theirs', () => {
    const later = { ...weighing, generation: 2 };
    const look = { 1: generation(10, 90, 5), 2: generation(20, 180, 5) };
    const { split, open } = tallied(start, plan, ROLLOUT, look, later);
    expect(split.counts).toEqual({ bold: 20, control: 180 });
    expect(Object.keys(open)).toEqual(['1', '2']);
  });
});

it('the generations to read are the latest ones', () => {
  expect(generationsToRead(3, 5)).toEqual([3, 4, 5]);
  expect(generationsToRead(3, 100)).toHaveLength(OPEN_GENERATIONS);
  expect(generationsToRead(3, 100).at(-1)).toBe(100);
  expect(generationsToRead(9, 8)).toEqual([]);
});
