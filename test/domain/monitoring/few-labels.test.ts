import { describe, expect, it } from 'vitest';
import { mulberry32 } from '#domain/gates/random.ts';
import type { Watched } from '#domain/monitoring/report/drift-report.ts';
import { binomialDraw } from './draws.ts';
import { CHECK_HOURS, DAY, KEPT, type Labels, trajectory, WEEK } from './labelled-days.ts';
import { policy, truth } from './watched-world.ts';

const { samplesMin } = policy.monitoring;
const BAD_FROM = 5 * DAY;
const GOOD_FROM = 25 * DAY;
const isBad = (hour: number) => hour >= BAD_FROM && hour < GOOD_FROM;

/** So many rows an hour, of which as many are right as chance leaves of 90 %, or of 65 %. */
function answered(anHour: number, seed: number): Labels {
  const random = mulberry32(seed);
  return (hour) => truth(anHour, binomialDraw(anHour, isBad(hour) ? 0.65 : 0.9, random) / anHour);
}

/** Hours until there are as many labels as are judged together, and a check to judge them. */
const judgedEach = (anHour: number) => CHECK_HOURS * Math.ceil(samplesMin / anHour / CHECK_HOURS);

describe('the alarm of a model of which few labels come', () => {
  it.each([
    [12, 1],
    [20, 2],
    [45, 3],
  ])(
    'is raised once while accuracy is bad, and clears when it is good again: %i an hour, seed %i',
    (anHour, seed) => {
      const moves = trajectory(45, 'accuracy', answered(anHour, seed));
      expect(moves.map(({ change }) => change)).toEqual(['raised', 'cleared']);
      const [raised, cleared] = moves.map(({ hour }) => hour);
      // What is judged when it turns bad is part good, and raised by two judgements of three.
      expect(raised).toBeLessThanOrEqual(BAD_FROM + 4 * judgedEach(anHour));
      expect(cleared).toBeGreaterThanOrEqual(GOOD_FROM);
      expect(cleared).toBeLessThanOrEqual(GOOD_FROM + judgedEach(anHour) + WEEK);
    },
  );

  it('stands for all of 40 bad days', () => {
    const moves = trajectory(40, 'accuracy', () => truth(20, 0.65));
    expect(moves.map(({ change }) => change)).toEqual(['raised']);
  });

  const yes =
    (share: number): Labels =>
    (hour) => ({
      ...truth(20, 0.9),
      labels: isBad(hour) ? { no: 20 * (1 - share), yes: 20 * share } : { no: 10, yes: 10 },
    });
  const group = (name: string, selected: number) => ({
    ...{ attribute: 'sex', group: name, rows: 10, positives: 5, score: 9 },
    ...{ selected, truePositives: selected / 2, falsePositives: selected / 2 },
  });
  const groups: Labels = (hour) =>
    truth(20, 0.9, { groups: [group('f', 4), group('m', isBad(hour) ? 8 : 4)] });
  /** Half of the rows tell a probability, of 0.7; bad is that one of five comes true. */
  const told: Labels = (hour) => {
    const bins = (value: number) =>
      Array.from({ length: 20 }, (_, bin) => (bin === 13 ? value : 0));
    const scored = { counts: bins(10), sums: bins(7), hits: bins(isBad(hour) ? 2 : 7) };
    return truth(20, 0.9, { scored });
  };

  it.each<[Watched, Labels, number]>([
    ['label-drift', yes(0.95), 20],
    ['fairness', groups, 20],
    ['calibration', told, 10],
  ])(
    'is raised once while it is bad, and clears when it is good again: %s',
    (watched, labels, anHour) => {
      const moves = trajectory(45, watched, labels);
      expect(moves.map(({ change }) => change)).toEqual(['raised', 'cleared']);
      expect(moves[1]?.hour).toBeGreaterThanOrEqual(GOOD_FROM);
      expect(moves[1]?.hour).toBeLessThanOrEqual(GOOD_FROM + judgedEach(anHour) + WEEK);
    },
  );

  it('is not known in the end where fewer come than are ever judged', () => {
    const stops = 20 * DAY;
    const bad = truth(20, 0.65);
    const moves = trajectory(50, 'accuracy', (hour) => (hour < stops ? bad : truth(2, 0.65)));
    expect(moves.map(({ change }) => change)).toEqual(['raised', 'lapsed']);
    expect(moves[1]?.hour).toBeGreaterThan(stops + DAY);
    expect(moves[1]?.hour).toBeLessThanOrEqual(stops + judgedEach(20) + KEPT);
  });

  it.each([
    ['none waits', 2 * judgedEach(20)],
    ['some wait', 2 * judgedEach(20) + 10],
  ])('is not known 14 days after it was found, where no more come and %s', (_, stops) => {
    const moves = trajectory(30, 'accuracy', (hour) =>
      hour < stops ? truth(20, 0.65) : undefined,
    );
    expect(moves.map(({ change }) => change)).toEqual(['raised', 'lapsed']);
    expect((moves[1]?.hour ?? 0) - (moves[0]?.hour ?? 0)).toBe(KEPT);
  });
});
