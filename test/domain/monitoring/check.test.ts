import { describe, expect, it } from 'vitest';
import { type CheckInput, check } from '#domain/monitoring/check/check.ts';
import type { Monitoring } from '#domain/monitoring/check/state.ts';
import { DriftReport } from '#domain/monitoring/report/drift-report.ts';
import { digestB } from '../../support/sample-release.ts';
import { AT, HOUR, input, policy, reference, seen, truth, version, week } from './watched-world.ts';

const of = reference();
const DRIFT_HOURS = 6;

/** Checks one after the other, each from the state that the one before left. */
function checked(...inputs: readonly Partial<CheckInput>[]) {
  let state: Monitoring | undefined;
  return inputs.map((fields, i) => {
    const one = check(input({ at: AT + i * DRIFT_HOURS * HOUR, state, ...fields }));
    state = one.next;
    return one;
  });
}

const drifting = {
  quarters: week(of, ...Array.from({ length: 4 }, (_, i) => seen(of, 50 + i, { shift: 1 }))),
};
const quiet = { quarters: week(of) };

describe('a drift check', () => {
  it('finds a quiet week stable, in windows of six hours and of a day', () => {
    const [{ report, next } = fail()] = checked(quiet);
    expect(DriftReport.parse(report)).toEqual(report);
    expect(report.windows.map(({ hours, rows }) => [hours, rows])).toEqual([
      [6, 2000],
      [24, 8000],
    ]);
    expect(report.windows.map(({ inputs }) => inputs.outcome)).toEqual(['STABLE', 'STABLE']);
    expect(report.windows[0]).toMatchObject({
      from: '2026-03-02T06:00:00.000Z',
      to: '2026-03-02T12:00:00.000Z',
    });
    expect(report.reference).toEqual({ sha256: digestB, rows: 5000 });
    expect(report.alarms.map(({ watched, raised }) => [watched, raised])).toEqual([
      ['input-drift', null],
      ['prediction-drift', null],
      ['estimated-accuracy', null],
    ]);
    expect(next).toMatchObject({ blocked: false, checkedAt: { drift: AT } });
    expect(report.notes).toEqual([]);
  });

  it('has the last week of the gravest features, the oldest first', () => {
    const [{ report } = fail()] = checked(drifting);
    expect(report.history).toHaveLength(28);
    expect(report.history.at(-1)?.at).toBe('2026-03-02T12:00:00.000Z');
    expect(report.history.at(0)?.at).toBe('2026-02-23T18:00:00.000Z');
    expect(report.history.at(-1)?.ratios['X/age']).toBeGreaterThan(1);
    expect(report.history.at(0)?.ratios['X/age']).toBeLessThan(1);
  });

  it('raises an alarm at the second of two checks that find drift, and says what follows', () => {
    const [first = fail(), second = fail()] = checked(drifting, drifting);
    expect(first.report.windows[0]?.inputs).toMatchObject({ outcome: 'DRIFT', driftedShare: 1 });
    expect(first.report.alarms[0]).toMatchObject({ outcome: 'DRIFT', raised: null });
    expect(first.report.consequences).toEqual([]);
    expect(second.report.alarms[0]).toMatchObject({ raised: 'critical', change: 'raised' });
    expect(second.report.standing).toMatchObject([{ watched: 'input-drift', raised: 'critical' }]);
    expect(second.report.consequences).toEqual(
      ['warn', 'propose-retraining', 'page', 'block-promotion'].map((consequence) => ({
        watched: 'input-drift',
        consequence,
      })),
    );
    expect(second.next).toMatchObject({
      blocked: true,
      blockedSince: '2026-03-02T18:00:00.000Z',
      blockedBy: 'input-drift (critical)',
      proposals: { proposedAt: [AT + DRIFT_HOURS * HOUR] },
    });
  });

  it('never takes a version out of traffic for drift', () => {
    for (const { rollBackFor } of checked(drifting, drifting, drifting)) {
      expect(rollBackFor).toEqual([]);
    }
  });

  it('clears alarm and block once it is quiet again', () => {
    const all = checked(drifting, drifting, quiet, quiet);
    expect(all[2]?.next.blocked).toBe(true);
    expect(all[3]?.report.alarms[0]).toMatchObject({ raised: null, change: 'cleared' });
    expect(all[3]?.next.blocked).toBe(false);
    expect(all[3]?.next.blockedSince).toBe(all[2]?.next.blockedSince);
    expect(all[3]?.next).not.toHaveProperty('blockedBy');
  });

  it('is found in the day though the last hours have too few rows', () => {
    const night = seen(of, 1, { rows: 100, shift: 1 });
    const [{ report } = fail()] = checked({ quarters: [night, ...drifting.quarters.slice(0, 3)] });
    expect(report.windows.map(({ inputs }) => inputs.outcome)).toEqual([
      'INSUFFICIENT_DATA',
      'DRIFT',
    ]);
    expect(report.notes[0]).toContain('last 6 h were not judged');
  });

  it('moves no alarm where there are too few rows, and says so', () => {
    const few = { quarters: [seen(of, 1, { rows: 100 })] };
    const [, second = fail(), third = fail()] = checked(drifting, drifting, few);
    expect(second.next.alarms['input-drift']?.raised).toBe('critical');
    expect(third.report.alarms).toEqual([]);
    expect(third.next.alarms['input-drift']).toEqual(second.next.alarms['input-drift']);
    expect(third.next.blocked).toBe(true);
  });

  it('finds other answers, and scores that move before the answers do', () => {
    const all = checked(
      { quarters: week(of, seen(of, 1, { answeredYes: 0.8 })) },
      { quarters: week(of, seen(of, 1, { unsure: 0.8 })) },
    );
    expect(all[0]?.report.windows[0]?.answers).toMatchObject({ name: 'answers', outcome: 'DRIFT' });
    expect(all[1]?.report.windows[0]?.answers).toMatchObject({ name: 'scores', outcome: 'DRIFT' });
  });

  it('estimates that accuracy falls when the scores become unsure', () => {
    const unsure = Array.from({ length: 4 }, (_, i) => seen(of, i, { unsure: 0.6 }));
    const [sure = fail(), { report } = fail()] = checked(quiet, { quarters: week(of, ...unsure) });
    expect(sure.report.accuracy?.estimated).toMatchObject({ outcome: 'STABLE' });
    expect(report.accuracy?.estimated).toMatchObject({ outcome: 'DRIFT', rows: 8000 });
    expect(report.accuracy?.estimated?.now).toBeLessThan(0.65);
  });

  it('leaves out features that had no room, and says how many', () => {
    const short = { ...seen(of, 1), features: seen(of, 1).features.slice(0, 2) };
    const [{ report } = fail()] = checked({ quarters: [short, short, short, short] });
    expect(report.windows[0]?.features.map(({ name }) => name).sort()).toEqual([
      'X/age',
      'X/income',
    ]);
    expect(report.notes).toContain(
      '1 features were not compared: not every process had room to count them.',
    );
  });

  it('judges nothing without a reference, and says why', () => {
    const [{ report, next } = fail()] = checked({ ...quiet, reference: undefined });
    expect(report.windows).toEqual([]);
    expect(report.alarms).toEqual([]);
    expect(report.notes[0]).toContain('left no reference profile');
    expect(next.checkedAt).toEqual({ drift: AT });
  });
});

describe('a check of performance', () => {
  const kinds = ['performance'] as const;
  const hour = Math.floor(AT / HOUR) - 30;
  const labelled = (rows: number, right: number) => ({
    kinds,
    truths: new Map([[hour, truth(rows, right)]]),
  });

  it('compares the latest labels with those of the judging rows', () => {
    const [{ report } = fail()] = checked(labelled(2000, 0.9));
    expect(report.accuracy?.measured).toMatchObject({ outcome: 'STABLE', rows: 2000, now: 0.9 });
    expect(report.windows).toHaveLength(1);
    expect(report.windows[0]).toMatchObject({ rows: 2000, labels: { outcome: 'STABLE' } });
    expect(report.concept).toMatchObject({ outcome: 'STABLE', rows: 2000 });
    expect(DriftReport.parse(report)).toEqual(report);
  });

  it('asks for a rollback at the second of two falls of accuracy beyond a tenth', () => {
    const [first = fail(), second = fail()] = checked(labelled(2000, 0.7), labelled(4000, 0.7));
    expect(first.rollBackFor).toEqual([]);
    expect(second.rollBackFor).toEqual(['accuracy']);
    expect(second.next.blocked).toBe(true);
  });

  it('moves no alarm by rows that a check has judged by, however often it is made', () => {
    const again = Array.from({ length: 5 }, (_, i) => labelled(2000 + i, 0.7));
    for (const { rollBackFor, next } of checked(...again)) {
      expect(rollBackFor).toEqual([]);
      expect(next.alarms.accuracy?.strands.labels?.recent).toHaveLength(1);
    }
    const last = checked(...again).at(-1) ?? fail();
    expect(last.report.accuracy?.measured).toMatchObject({ outcome: 'DRIFT', rows: 2004 });
    expect(last.report.notes.join()).toContain('4 labelled rows came since they last did');
  });

  it('judges what came since by itself: good labels are not made bad by those before', () => {
    const better = { kinds, truths: new Map([[hour, truth(4000, 0.8)]]) };
    const [, second = fail()] = checked(labelled(2000, 0.7), better);
    expect(second.report.accuracy?.measured).toMatchObject({ outcome: 'STABLE', rows: 2000 });
    expect(second.report.accuracy?.measured?.now).toBeCloseTo(0.9);
    expect(second.report.calibration).toBeUndefined();
  });

  it('judges probabilities once there are enough that no check has judged by, and never twice', () => {
    /** Of each thousand rows, 400 with a probability of 0.7, of which half came true. */
    const told = (thousands: number) => {
      const bins = (value: number) =>
        Array.from({ length: 20 }, (_, bin) => (bin === 13 ? value * thousands : 0));
      const scored = { counts: bins(400), sums: bins(280), hits: bins(200) };
      return { kinds, truths: new Map([[hour, truth(1000 * thousands, 0.9, { scored })]]) };
    };
    const all = checked(...[1, 2, 3, 4, 5, 6].map(told));
    const judged = all.map(({ next }) => next.alarms.calibration?.strands.labels?.recent.length);
    expect(judged).toEqual([undefined, undefined, 1, 1, 1, 2]);
    expect(all.map(({ report }) => report.calibration?.rows)).toEqual([
      ...[400, 800, 1200, 1600, 2000, 1200],
    ]);
    expect(all[3]?.report.calibration?.outcome).toBe('DRIFT');
    expect(all[3]?.report.notes).toContain(
      'Calibration moved no alarm: 400 labelled rows told their probability since it last did, and it takes 1000.',
    );
    expect(all[0]?.report.notes.join()).toContain('400 labelled rows told their probability');
    expect(all[5]?.next.alarms.calibration?.raised).toBe('retrain');
  });

  it('takes rows of several hours for those of the same units, which tell one truth an hour', () => {
    const spread = new Map(Array.from({ length: 20 }, (_, i) => [hour - i, truth(100, 0.86)]));
    const [one = fail()] = checked({ kinds, truths: new Map([[hour, truth(2000, 0.86)]]) });
    const [many = fail()] = checked({ kinds, truths: spread });
    expect(one.report.accuracy?.measured?.outcome).toBe('DRIFT');
    expect(many.report.accuracy?.measured?.outcome).toBe('STABLE');
  });

  it('measures nothing by too few labels, and says how many it takes', () => {
    const [{ report, rollBackFor } = fail()] = checked(labelled(200, 0.2), labelled(200, 0.2));
    expect(report.accuracy?.measured?.outcome).toBe('INSUFFICIENT_DATA');
    expect(report.notes.join(' ')).toContain('200 labelled rows, and it takes 1000');
    expect(rollBackFor).toEqual([]);
  });

  it('finds other labels than those of the judging rows', () => {
    const labels = { no: 200, yes: 1800 };
    const truths = new Map([[hour, truth(2000, 0.9, { labels })]]);
    const [{ report } = fail()] = checked({ kinds, truths });
    expect(report.windows[0]?.labels).toMatchObject({ name: 'labels', outcome: 'DRIFT' });
    expect(report.alarms.find(({ watched }) => watched === 'label-drift')?.outcome).toBe('DRIFT');
  });

  it('says that no label came', () => {
    const [{ report } = fail()] = checked({ kinds, truths: new Map() });
    expect(report.notes).toEqual([
      'Accuracy was not measured: no label came for the answers of the last week.',
    ]);
  });

  it('says which labels are none of its classes', () => {
    const truths = new Map([[hour, truth(2000, 0.9, { labels: { 0: 900, 1: 1100 } })]]);
    const [{ report } = fail()] = checked({ kinds, truths });
    expect(report.notes.join()).toMatch(/2000 rows came true with labels .*"0", "1"; expected/);
  });

  it('finds a concept that changes by labels that come later and later, each once', () => {
    const at = (after: number, right: number) => ({
      at: AT + after * HOUR,
      truths: new Map([
        [hour, truth(3000, 0.9)],
        ...(after > 0 ? [[hour + 1, truth(3000, right)] as const] : []),
      ]),
      kinds,
    });
    const [first = fail(), second = fail(), third = fail()] = checked(
      at(0, 0),
      at(2, 0.5),
      at(4, 0.5),
    );
    expect(first.report.concept?.outcome).toBe('STABLE');
    expect(second.report.concept).toMatchObject({ outcome: 'DRIFT', rows: 3000 });
    expect(third.report.concept).toMatchObject({ outcome: 'INSUFFICIENT_DATA', rows: 0 });
  });
});

describe('a check that a person asked for', () => {
  it('has a report and moves nothing', () => {
    const [first = fail(), asked = fail()] = checked(drifting, { ...drifting, asked: true });
    expect(asked.report.windows[0]?.inputs.outcome).toBe('DRIFT');
    expect(asked.report.alarms[0]).toMatchObject({
      outcome: 'DRIFT',
      raised: null,
      change: 'none',
    });
    expect(asked.moved).toEqual([]);
    expect(asked.next).toMatchObject({ checkedAt: { drift: AT }, alarms: first.next.alarms });
  });
});

describe('another version in production', () => {
  it('is watched anew, and what was proposed for the model still counts', () => {
    const [, second = fail()] = checked(drifting, drifting);
    const other = { ...version, version: '2.0.0', digest: digestB };
    const at = AT + 12 * HOUR;
    const { next, report } = check(input({ ...drifting, at, version: other, state: second.next }));
    expect(next).toMatchObject({ version: '2.0.0', blocked: false, rev: second.next.rev });
    expect(report.alarms[0]?.raised).toBeNull();
    expect(next.proposals).toEqual(second.next.proposals);
  });
});

describe('a weekly check of the data', () => {
  it.each([
    [12.5, 'CURRENT', 0],
    [45.9, 'OLD', 1],
    [undefined, 'UNKNOWN', 1],
  ])('says that data of %s days are %s', (ageDays, outcome, notes) => {
    const [{ report, moved } = fail()] = checked({ kinds: ['dataset'], age: { ageDays } });
    expect(report.dataset).toMatchObject({ outcome, maxAgeDays: policy.dataset.maxAgeDays });
    expect(report.notes).toHaveLength(notes);
    expect(moved).toEqual([]);
  });
});

describe('a report', () => {
  it('has a name by its time and what it says', () => {
    const [one = fail()] = checked(quiet);
    const [same = fail()] = checked(quiet);
    const [other = fail()] = checked(drifting);
    expect(one.report.id).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(Number.parseInt(one.report.id.replace('-', '').slice(0, 12), 16)).toBe(AT);
    expect(same.report.id).toBe(one.report.id);
    expect(other.report.id).not.toBe(one.report.id);
  });
});

const fail = (): never => {
  throw new Error('no check');
};
