import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_MONITORING_POLICY as POLICY } from '#domain/gates/monitoring-policy.ts';
import {
  type Consequence,
  consequencesOf,
  NO_PROPOSALS,
} from '#domain/monitoring/alarms/consequences.ts';
import {
  type AlarmState,
  afterCheck,
  type Change,
  QUIET,
} from '#domain/monitoring/alarms/hysteresis.ts';
import type { Watched } from '#domain/monitoring/report/drift-report.ts';
import { ratiosOf } from '#domain/monitoring/statistics/levels.ts';

const HOUR = 3_600_000;

function checked(...values: readonly number[]) {
  const changes: Change[] = [];
  let state: AlarmState = QUIET;
  for (const [i, value] of values.entries()) {
    const check = { at: (i + 1) * HOUR, ratios: ratiosOf(value, POLICY.psi, 0.05) };
    const after = afterCheck(state, check, POLICY);
    state = after.state;
    changes.push(after.change);
  }
  return { state, changes, raised: state.raised };
}

describe('an alarm', () => {
  it('is raised at two of three checks', () => {
    expect(checked(0.12).raised).toBeNull();
    expect(checked(0.12, 0.12).changes).toEqual(['none', 'raised']);
    expect(checked(0.12, 0, 0.12).raised).toBe('warn');
    expect(checked(0.12, 0, 0, 0.12).raised).toBeNull();
  });

  it('has the level that two of them reach', () => {
    expect(checked(0.4, 0.16).raised).toBe('retrain');
    expect(checked(0.4, 0.16, 0.35).changes).toEqual(['none', 'raised', 'escalated']);
    expect(checked(0.4, 0.16, 0.35).raised).toBe('critical');
  });

  it('is cleared after two checks in a row below 80 % of the limit', () => {
    expect(checked(0.12, 0.12, 0.09, 0.09, 0.09).raised).toBe('warn');
    expect(checked(0.12, 0.12, 0.07, 0.09, 0.07).raised).toBe('warn');
    expect(checked(0.12, 0.12, 0.07, 0.07).changes).toEqual(['none', 'raised', 'none', 'cleared']);
  });

  it('eases from a level without being cleared', () => {
    expect(checked(0.25, 0.25, 0.11, 0.11).changes).toEqual(['none', 'raised', 'none', 'eased']);
    expect(checked(0.25, 0.25, 0.11, 0.11).raised).toBe('warn');
  });

  it('takes each check once, and none that is late', () => {
    const check = (at: number, value: number) => ({
      at,
      ratios: ratiosOf(value, POLICY.psi, 0.05),
    });
    const once = afterCheck(QUIET, check(5, 0.2), POLICY).state;
    expect(afterCheck(once, check(5, 0.2), POLICY)).toEqual({ state: once, change: 'none' });
    expect(afterCheck(once, check(4, 0.2), POLICY)).toEqual({ state: once, change: 'none' });
  });

  it('remembers no more than it needs, as JSON', () => {
    const { state } = checked(...new Array<number>(50).fill(0.2));
    expect(state.recent).toHaveLength(3);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  it('is raised only by checks that reach the limit, and never clears above the lower one', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 0.5, noNaN: true })), (values) => {
        const { raised } = checked(...values);
        if (values.every((value) => value < 0.1)) expect(raised).toBeNull();
        if (values.length >= 2 && values.every((value) => value >= 0.1))
          expect(raised).not.toBeNull();
      }),
    );
  });
});

describe('what follows', () => {
  const follows = (watched: Watched, raised: AlarmState['raised'], change: Change = 'raised') =>
    consequencesOf({ watched, raised, change }, NO_PROPOSALS, 0, POLICY);

  it.each<[AlarmState['raised'], readonly Consequence[]]>([
    [null, []],
    ['warn', ['warn']],
    ['retrain', ['warn', 'propose-retraining']],
    ['page', ['warn', 'propose-retraining', 'page', 'block-promotion']],
    ['critical', ['warn', 'propose-retraining', 'page', 'block-promotion']],
  ])('from drift of the inputs at %s is %j', (level, expected) => {
    const found = follows('input-drift', level, level === null ? 'none' : 'raised');
    expect(found.begins).toEqual(expected);
  });

  it.each(['accuracy', 'errors', 'latency'] as const)('from %s is a rollback too', (watched) => {
    expect(follows(watched, 'critical').begins).toContain('roll-back');
    expect(follows(watched, 'page').begins).not.toContain('roll-back');
  });

  it.each([
    'input-drift',
    'prediction-drift',
    'label-drift',
    'concept-drift',
    'estimated-accuracy',
    'calibration',
    'fairness',
  ] as const)('from %s is never a rollback', (watched) => {
    expect(follows(watched, 'critical').begins).not.toContain('roll-back');
  });

  it.each(['errors', 'latency'] as const)('from %s is no retraining', (watched) => {
    expect(follows(watched, 'page').begins).not.toContain('propose-retraining');
  });

  it('begins once, however long the level lasts', () => {
    const later = consequencesOf(
      { watched: 'accuracy', raised: 'critical', change: 'none' },
      { proposedAt: [0] },
      HOUR,
      POLICY,
    );
    expect(later).toMatchObject({ begins: [], withheld: 'cool-down' });
    expect(follows('accuracy', 'warn', 'eased')).toMatchObject({
      begins: [],
    });
  });

  it('is one retraining in a day, proposed again once it may be', () => {
    const alarm = { watched: 'input-drift', raised: 'retrain', change: 'none' } as const;
    const first = consequencesOf(alarm, NO_PROPOSALS, 0, POLICY);
    expect(first.begins).toEqual(['propose-retraining']);
    const second = consequencesOf(alarm, first.proposals, 24 * HOUR - 1, POLICY);
    expect(second).toMatchObject({ begins: [], withheld: 'cool-down', proposals: first.proposals });
    const third = consequencesOf(alarm, first.proposals, 24 * HOUR, POLICY);
    expect(third.begins).toEqual(['propose-retraining']);
    expect(third.proposals.proposedAt).toEqual([24 * HOUR]);
  });

  it('is no more retrainings than the budget allows, however short the cool-down', () => {
    const policy = { retrainingCoolDownHours: 1, retrainingsPerDay: 2 };
    const alarm = { watched: 'input-drift', raised: 'retrain', change: 'none' } as const;
    let proposals = NO_PROPOSALS;
    const proposed: number[] = [];
    for (let hour = 0; hour < 48; hour++) {
      const found = consequencesOf(alarm, proposals, hour * HOUR, policy);
      if (found.begins.length > 0) proposed.push(hour);
      proposals = found.proposals;
    }
    expect(proposed).toEqual([0, 1, 24, 25]);
    expect(proposals.proposedAt).toHaveLength(2);
  });
});
