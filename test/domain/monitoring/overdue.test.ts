import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_MONITORING_POLICY as POLICY } from '#domain/gates/monitoring-policy.ts';
import { afterFaults, type FaultedKinds, isFaulted } from '#domain/monitoring/check/faulted.ts';
import {
  isDatasetOverdue,
  overdueKinds,
  PERIODS_MISSED,
} from '#domain/monitoring/check/overdue.ts';
import { dueKinds, type Monitoring, stateOf } from '#domain/monitoring/check/state.ts';
import { CHECKS, type CheckKind } from '#domain/monitoring/report/drift-report.ts';
import { AT, HOUR, version } from './watched-world.ts';

const TICK = 60;
const fresh = stateOf(undefined, version, AT);
const overdue = (
  state: Pick<Monitoring, 'checkedAt' | 'watchedSince'>,
  at: number,
  policy = POLICY,
) => overdueKinds(state, at, policy, TICK);

describe('a kind of check', () => {
  it.each([
    ['drift', 6],
    ['performance', 2],
    ['health', 1],
    ['dataset', 7 * 24],
  ] as const)('of %s is overdue after three of its periods of %i h', (kind, hours) => {
    const others = CHECKS.filter((one) => one !== kind);
    const of = (at: number) => {
      const checkedAt = Object.fromEntries(others.map((one) => [one, at]));
      return overdue({ watchedSince: 0, checkedAt: { ...checkedAt, [kind]: AT } }, at);
    };
    expect(of(AT + 3 * hours * HOUR)).toEqual([]);
    expect(of(AT + 3 * hours * HOUR + 1)).toEqual([kind]);
  });

  it('is given as long where the version has come anew', () => {
    expect(overdue(fresh, AT + 3 * HOUR)).toEqual([]);
    expect(overdue(fresh, AT + 3 * HOUR + 1)).toEqual(['health']);
    expect(overdue(fresh, AT + 22 * 24 * HOUR)).toEqual(CHECKS);
  });

  it('is not overdue of a state that does not tell since when it is watched', () => {
    expect(overdue({ checkedAt: {} }, AT)).toEqual([]);
    const { watchedSince: _, ...before } = fresh;
    expect(stateOf(before, version, AT + HOUR).watchedSince).toBe(AT + HOUR);
  });

  it('keeps the time since which its version is watched', () => {
    expect(stateOf(fresh, version, AT + HOUR)).toEqual(fresh);
    expect(stateOf(fresh, { ...version, version: '2.0.0' }, AT + HOUR).watchedSince).toBe(
      AT + HOUR,
    );
  });

  it('that a policy asks for more often than ticks come is late by ticks', () => {
    const often = { ...POLICY, driftHours: 1e-4, performanceHours: 1e-4, healthMinutes: 1e-3 };
    expect(overdue(fresh, AT + 3 * HOUR, often)).toEqual([]);
    expect(overdueKinds(fresh, AT + 16 * 60_000, often, 5)).toEqual(CHECKS.slice(0, 3));
  });

  it('that every tick makes when it is due never is, whatever the policy', () => {
    const hours = fc.double({ min: 0.01, max: 100, noNaN: true });
    const minutes = fc.double({ min: 0.1, max: 6000, noNaN: true });
    const tick = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(hours, hours, minutes, tick, (driftHours, performanceHours, health, every) => {
        const policy = { driftHours, performanceHours, healthMinutes: health };
        let state = fresh;
        for (let i = 0; i < 200; i++) {
          const at = AT + i * every * 60_000;
          const made = dueKinds(state, CHECKS, at, policy);
          const now = Object.fromEntries(made.map((kind) => [kind, at]));
          state = { ...state, checkedAt: { ...state.checkedAt, ...now } };
          expect(overdueKinds(state, at, policy, every)).toEqual([]);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('of the dataset is overdue by itself when it is among the others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 * 24 }), fc.boolean(), (hours, wasMade) => {
        const state = { watchedSince: AT, checkedAt: wasMade ? { dataset: AT } : {} };
        const at = AT + hours * HOUR;
        expect(isDatasetOverdue(state, at)).toBe(overdue(state, at).includes('dataset'));
      }),
    );
    expect(isDatasetOverdue(fresh, AT + 21 * 24 * HOUR)).toBe(false);
    expect(isDatasetOverdue(fresh, AT + 21 * 24 * HOUR + 1)).toBe(true);
  });

  it('may be missed less often than it is overdue after', () => {
    const [failing, made] = [PERIODS_MISSED - 1, { drift: AT }];
    const next = AT + (failing + 1) * 6 * HOUR;
    const others = { performance: next, health: next, dataset: next };
    expect(overdue({ watchedSince: AT, checkedAt: { ...made, ...others } }, next)).toEqual([]);
  });
});

describe('a kind of check that cannot be made', () => {
  it('is known since when, and when last, until it is made', () => {
    const first = afterFaults(undefined, ['health'], ['drift'], AT);
    expect(first).toEqual({ drift: { since: AT, at: AT } });
    const again = afterFaults(first, [], ['drift', 'dataset'], AT + HOUR);
    expect(again).toEqual({
      ...{ drift: { since: AT, at: AT + HOUR }, dataset: { since: AT + HOUR, at: AT + HOUR } },
    });
    expect(isFaulted(again, ['drift', 'dataset'], AT + HOUR)).toBe(true);
    expect(isFaulted(again, ['drift', 'health'], AT + HOUR)).toBe(false);
    expect(isFaulted(again, ['drift'], AT)).toBe(true);
    expect(isFaulted(again, ['drift'], AT + 2 * HOUR)).toBe(false);
    expect(afterFaults(again, [], ['drift'], AT).drift).toEqual({ since: AT, at: AT + HOUR });
    expect(afterFaults(again, ['drift'], [], AT + 2 * HOUR)).toEqual({
      dataset: { since: AT + HOUR, at: AT + HOUR },
    });
  });

  it.each([
    ['drift', 6],
    ['performance', 2],
    ['health', 1],
    ['dataset', 7 * 24],
  ] as const)('of %s is due again after an hour, not after %i h', (kind, hours) => {
    const made = Object.fromEntries(CHECKS.map((one) => [one, AT - hours * HOUR]));
    const checkedAt = { ...made, [kind]: AT - hours * HOUR };
    const faulted = { [kind]: { since: AT, at: AT } };
    const isDue = (at: number) =>
      dueKinds({ checkedAt, faulted }, ['health'], at, POLICY).includes(kind);
    expect([AT, AT + 0.8 * HOUR, AT + 0.95 * HOUR].map(isDue)).toEqual([true, false, true]);
  });

  it('is due after its period where that is shorter than an hour', () => {
    const faulted = { health: { since: AT, at: AT } };
    const often = { ...POLICY, healthMinutes: 10 };
    const due = (at: number) => dueKinds({ checkedAt: {}, faulted }, ['health'], at, often);
    expect(due(AT + HOUR / 10)).toEqual([]);
    expect(due(AT + HOUR / 6)).toEqual(['health']);
  });

  it('was made where only a part of it could not be', () => {
    expect(afterFaults({}, ['health'], ['health'], AT)).toEqual({});
  });

  it('has one beginning however often it faults, and none once it was made', () => {
    const kind = fc.constantFrom<CheckKind>(...CHECKS);
    const turns = fc.array(fc.record({ made: fc.array(kind), faulting: fc.array(kind) }));
    fc.assert(
      fc.property(turns, (all) => {
        let faulted: FaultedKinds = {};
        const since = new Map<CheckKind, number>();
        for (const [i, { made, faulting }] of all.entries()) {
          faulted = afterFaults(faulted, made, faulting, i);
          for (const one of faulting) if (!since.has(one)) since.set(one, i);
          for (const one of made) since.delete(one);
        }
        const begun = Object.entries(faulted).map(([one, { since: at }]) => [one, at]);
        expect(new Map(begun as [CheckKind, number][])).toEqual(since);
      }),
    );
  });
});
