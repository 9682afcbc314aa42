import { describe, expect, it } from 'vitest';
import type { Watched } from '#domain/monitoring/report/drift-report.ts';
import { CHECK_HOURS, DAY, KEPT, type Labels, trajectory, WEEK } from './labelled-days.ts';
import { truth } from './watched-world.ts';

const BAD_FROM = 6 * DAY;
const GOOD_FROM = 66 * DAY;
const isBad = (hour: number) => hour >= BAD_FROM && hour < GOOD_FROM;
const AN_HOUR = 100;
const LAST = 120;

/** Labels of so many days that come together, once these are over. */
const batchesOf = (days: number) => (hour: number) =>
  Math.ceil((hour + 1) / (days * DAY)) * days * DAY;

const bins = (value: number) => Array.from({ length: 20 }, (_, bin) => (bin === 13 ? value : 0));
const group = (name: string, selected: number) => ({
  ...{ attribute: 'sex', group: name, rows: 50, positives: 25, score: 45 },
  ...{ selected, truePositives: selected / 2, falsePositives: selected / 2 },
});
const OF: Readonly<Partial<Record<Watched, Labels>>> = {
  accuracy: (hour) => truth(AN_HOUR, isBad(hour) ? 0.65 : 0.9),
  'concept-drift': (hour) => truth(AN_HOUR, isBad(hour) ? 0.65 : 0.9),
  'label-drift': (hour) =>
    truth(AN_HOUR, 0.9, { labels: isBad(hour) ? { no: 5, yes: 95 } : { no: 50, yes: 50 } }),
  fairness: (hour) =>
    truth(AN_HOUR, 0.9, { groups: [group('f', 20), group('m', isBad(hour) ? 40 : 20)] }),
  calibration: (hour) =>
    truth(AN_HOUR, 0.9, {
      scored: { counts: bins(AN_HOUR), sums: bins(70), hits: bins(isBad(hour) ? 20 : 70) },
    }),
};
const ALARMS = Object.keys(OF) as Watched[];
const labelsOf = (watched: Watched): Labels => OF[watched] ?? (() => undefined);

describe('the alarm of a model whose labels come in batches', () => {
  const CASES = ALARMS.filter((watched) => watched !== 'concept-drift').flatMap((watched) =>
    [1, 3, 7, 10].map((days) => [watched, days] as const),
  );

  it.each(CASES)(
    'is raised once, stands between them, and clears by those that say otherwise: %s, every %i days',
    (watched, days) => {
      const moves = trajectory(LAST, watched, labelsOf(watched), batchesOf(days));
      expect(moves.map(({ change }) => change)).toEqual(['raised', 'cleared']);
      const [raised = 0, cleared = 0] = moves.map(({ hour }) => hour);
      expect(raised).toBeGreaterThan(BAD_FROM);
      expect(raised).toBeLessThanOrEqual(BAD_FROM + 3 * days * DAY);
      expect(cleared).toBeGreaterThan(GOOD_FROM);
      expect(cleared).toBeLessThanOrEqual(GOOD_FROM + 3 * days * DAY);
    },
  );

  it.each([1, 3, 7])('says concept drift while labels add to it, every %i days', (days) => {
    const moves = trajectory(60, 'concept-drift', labelsOf('concept-drift'), batchesOf(days));
    expect(moves[0]?.change).toBe('raised');
    expect(moves.filter(({ change }) => change === 'lapsed')).toEqual([]);
  });

  it.each(ALARMS)(
    'is not known 14 days after the last that was found, where none come: %s',
    (watched) => {
      const stops = 30 * DAY;
      const labels: Labels = (hour) => (hour < stops ? labelsOf(watched)(hour) : undefined);
      const moves = trajectory(60, watched, labels, batchesOf(3));
      expect(moves.at(-1)?.change).toBe('lapsed');
      const lapsed = (moves.at(-1)?.hour ?? 0) - stops;
      expect(lapsed).toBeGreaterThan(WEEK);
      expect(lapsed).toBeLessThanOrEqual(KEPT + CHECK_HOURS);
    },
  );

  const pause = (hour: number) => hour >= 20 * DAY && hour < 40 * DAY;

  it('is known again by the next batch', () => {
    const labels: Labels = (hour) => (pause(hour) ? undefined : labelsOf('accuracy')(hour));
    const moves = trajectory(LAST, 'accuracy', labels, batchesOf(3));
    expect(moves.map(({ change }) => change)).toEqual(['raised', 'lapsed', 'raised', 'cleared']);
  });

  it.each([
    [100, 0.65],
    [100, 0.8],
    [20, 0.8],
  ])(
    'is raised again by what is as bad as before: concept drift, %i an hour, %d right',
    (rows, right) => {
      const labels: Labels = (hour) =>
        pause(hour) ? undefined : truth(rows, hour >= BAD_FROM ? right : 0.9);
      const moves = trajectory(60, 'concept-drift', labels, batchesOf(3));
      expect(moves.map(({ change }) => change)).toEqual(['raised', 'lapsed', 'raised']);
    },
  );

  it('is not cleared by single labels that are right: concept drift', () => {
    const labels: Labels = (hour) =>
      hour < 20 * DAY
        ? labelsOf('concept-drift')(hour)
        : hour % CHECK_HOURS === 0
          ? truth(1, 1)
          : undefined;
    const moves = trajectory(40, 'concept-drift', labels);
    expect(moves.map(({ change }) => change)).toEqual(['raised', 'lapsed']);
  });
});
