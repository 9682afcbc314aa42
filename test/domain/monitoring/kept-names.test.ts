import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_CONCEPT } from '#domain/monitoring/check/concept.ts';
import { freshLabels, type TakenLabels } from '#domain/monitoring/check/fresh-labels.ts';
import { judgePerformance } from '#domain/monitoring/check/judge-performance.ts';
import { keptNames } from '#domain/monitoring/check/kept-names.ts';
import { totalOf } from '#domain/monitoring/statistics/chi-square.ts';
import { sumTruth } from '#domain/monitoring/truth/labelled.ts';
import { NO_TRUTH, type TruthSums } from '#domain/monitoring/truth/truth-sums.ts';
import { OTHER } from '#domain/monitoring/truth/vocabulary.ts';
import { policy } from './watched-world.ts';

const FROM = 20_000 * 24;
const WEEK = 7 * 24;
/** Of the 400 kB of an item; all else of a state has less than 80. */
const ROOM_BYTES = 300_000;

const group = (name: string, rows: number, attribute = 'region') => ({
  ...{ attribute, group: name, rows, selected: rows / 2, positives: rows / 2 },
  ...{ truePositives: rows / 4, falsePositives: rows / 4, score: rows * 0.875 },
});
const sums = (more: Partial<TruthSums>): TruthSums => ({ ...NO_TRUTH, ...more });
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** A week of hours, each with labels and groups that are called as `named` says. */
const week = (labels: number, groups: number, named: (hour: number, i: number) => string) =>
  new Map(
    Array.from({ length: WEEK }, (_, hour) => {
      const counts = Array.from({ length: labels }, (_, i) => [named(hour, i), 10] as const);
      return [
        FROM + hour,
        sums({
          ...{ rows: labels * 10, score: labels * 9.123456, labels: Object.fromEntries(counts) },
          scored: {
            counts: Array(20).fill(labels),
            sums: Array(20).fill(labels / 3),
            hits: Array(20).fill(labels),
          },
          groups: Array.from({ length: groups }, (_, i) => group(named(hour, i), 16, `a-${i % 5}`)),
        }),
      ] as const;
    }),
  );

describe('what a state remembers of labels', () => {
  it('is all of 40 groups and 100 classes, in 70 kB', () => {
    const { taken, groupsLeftOut } = freshLabels(
      week(100, 40, (_, i) => `class-${i}`),
      undefined,
      FROM,
    );
    expect(groupsLeftOut).toBe(0);
    expect(Object.keys(taken.days)).toHaveLength(7);
    for (const day of Object.values(taken.days)) {
      expect([Object.keys(day.labels).length, day.groups.length]).toEqual([100, 40]);
    }
    expect(bytesOf(taken)).toBeLessThan(70_000);
  });

  it.each([
    [
      'all that an hour may name, as long as names may be',
      (_: number, i: number) => `${i}`.padEnd(128, 'x'),
    ],
    ['others every hour', (hour: number, i: number) => `${hour}-${i}`],
    [
      'what takes six bytes for one',
      (hour: number, i: number) => `${hour}-${i}`.padEnd(128, '\u0001'),
    ],
    ['what takes four', (hour: number, i: number) => `${hour}-${i}`.padEnd(32, '😀')],
  ])('has room in an item where clients name %s', (_, named) => {
    const { taken, groupsLeftOut } = freshLabels(week(64, 105, named), undefined, FROM);
    expect(groupsLeftOut).toBeGreaterThan(0);
    expect(bytesOf(taken)).toBeLessThan(ROOM_BYTES);
  });
});

it('says in the report that groups had no room', () => {
  const notesOf = (groups: number) => {
    const truths = week(2, groups, (hour, i) => `${hour}-${i}`);
    const known = { concept: NO_CONCEPT, labels: undefined };
    const at = (FROM + WEEK) * 3_600_000;
    const { findings } = judgePerformance(truths, undefined, known, at, policy);
    return findings.flatMap(({ notes }) => notes).join('\n');
  };
  expect(notesOf(105)).toMatch(
    /Groups were not all judged: \d+ of those that labels name on a day/,
  );
  expect(notesOf(2)).not.toContain('not all judged');
});

describe('names that there is room for', () => {
  const many = Array.from({ length: 500 }, (_, i) => group(`g-${i}`, 8 * (i + 1)));

  it('are those with the most rows, and labels without room are one', () => {
    const labels = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`label-${i}`, i + 1]),
    );
    const { sums: kept, groupsLeftOut } = keptNames(sums({ labels, groups: many }));
    expect(kept.groups.length).toBe(500 - groupsLeftOut);
    expect(kept.groups.length).toBeGreaterThan(100);
    expect(Math.min(...kept.groups.map(({ rows }) => rows))).toBe(8 * (groupsLeftOut + 1));
    const { [OTHER]: others = 0, ...named } = kept.labels;
    expect(named).toHaveProperty('label-999');
    expect(named).not.toHaveProperty('label-0');
    expect(Object.values(named).reduce((sum, one) => sum + one, others)).toBe(500_500);
  });

  it('stay, however many more rows others come to', () => {
    const before = keptNames(sums({ labels: { rare: 1 }, groups: [group('rare', 4)] })).sums;
    const now = sums({ labels: { rare: 1 }, groups: [group('rare', 4), ...many] });
    const { sums: kept } = keptNames(now, before);
    expect(kept.groups[0]?.group).toBe('rare');
    expect(kept.labels).toEqual({ rare: 1 });
  });

  it('are those of the version, though clients filled the day with others before they came', () => {
    const classes = ['common', 'rare'];
    const made = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`label-${i}`, 1000 + i]),
    );
    const hours = (labels: TruthSums['labels']) =>
      new Map([[FROM, sums({ rows: totalOf(Object.values(labels)), labels })]]);
    const before = freshLabels(hours({ ...made, common: 5 }), undefined, FROM, classes);
    expect(before.sums.labels).toMatchObject({ common: 5 });
    const now = { ...made, 'label-0': 1004, common: 7, rare: 3 };
    const after = freshLabels(hours(now), before.taken, FROM, classes);
    expect(after.sums.labels).toEqual({ common: 2, rare: 3, [OTHER]: 4 });
    expect(bytesOf(after.taken.days[FROM / 24]?.labels)).toBeLessThan(10_000);
  });

  it('are of those of the version as many as there is room for', () => {
    const classes = Array.from({ length: 1000 }, (_, i) => `class-${i}`);
    const labels = Object.fromEntries(classes.map((name) => [name, 1]));
    const { [OTHER]: others = 0, ...named } = keptNames(sums({ labels }), undefined, classes).sums
      .labels;
    expect(Object.keys(named)).toEqual(classes.slice(0, Object.keys(named).length));
    expect(others).toBe(1000 - Object.keys(named).length);
    expect(others).toBeGreaterThan(500);
  });

  it('may be any that clients choose', () => {
    const names = Object.getOwnPropertyNames(Object.prototype);
    const labels = Object.fromEntries(names.map((name) => [name, 2]));
    const { sums: kept } = keptNames(sums({ labels, groups: names.map((name) => group(name, 8)) }));
    expect(kept.labels).toEqual(labels);
    expect(kept.groups).toHaveLength(names.length);
  });
});

it('no labelled row is taken twice or for another name, however names come', () => {
  const name = fc.integer({ min: 0, max: 400 }).map((i) => `${i}-`.padEnd(100, 'x'));
  const news = fc.array(fc.record({ hour: fc.integer({ min: 0, max: 30 }), name }), {
    minLength: 100,
    maxLength: 300,
  });
  fc.assert(
    fc.property(fc.array(news, { minLength: 1, maxLength: 4 }), (checks) => {
      const truths = new Map<number, TruthSums>();
      const told = new Map<string, number>();
      const taken = new Map<string, number>();
      let [known, rows, others]: [TakenLabels | undefined, number, number] = [undefined, 0, 0];
      // Some that were seen and some that were not, when the room was full.
      const classes = Array.from({ length: 40 }, (_, i) => `${10 * i}-`.padEnd(100, 'x'));
      for (const labels of checks) {
        for (const { hour, name: label } of labels) {
          const one = sums({ rows: 1, labels: { [label]: 1 }, groups: [group(label, 1)] });
          truths.set(FROM + hour, sumTruth(truths.get(FROM + hour) ?? NO_TRUTH, one));
          told.set(label, (told.get(label) ?? 0) + 1);
        }
        const fresh = freshLabels(truths, known, FROM, classes);
        expect(fresh.sums.rows).toBe(labels.length);
        const { [OTHER]: left = 0, ...named } = fresh.sums.labels;
        const all = Object.values(named).reduce((sum, count) => sum + count, left);
        expect(all).toBe(labels.length);
        others += left;
        rows += labels.length;
        for (const one of fresh.sums.groups) {
          taken.set(one.group, (taken.get(one.group) ?? 0) + one.rows);
        }
        known = fresh.taken;
      }
      for (const [of, count] of taken) expect(count).toBeLessThanOrEqual(told.get(of) ?? 0);
      expect(others).toBeLessThanOrEqual(rows);
    }),
    { numRuns: 25 },
  );
});
