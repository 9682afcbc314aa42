import { describe, expect, it } from 'vitest';
import {
  fleetMetrics,
  NOBODY,
  standingOf,
  together,
} from '#domain/monitoring/alarms/fleet-metrics.ts';
import { type Monitoring, stateOf } from '#domain/monitoring/check/state.ts';
import type { Route } from '#domain/registry/version-record.ts';
import { AT, HOUR, version } from './watched-world.ts';

const WEEK = 7 * 24 * HOUR;
const LATER = AT + 3 * WEEK + 1;
const { tenant, model, version: number, digest } = version;
const route: Pick<Route, 'tenant' | 'model' | 'stable'> = {
  ...{ tenant, model },
  stable: { version: number, digest },
};
const state: Monitoring = stateOf(undefined, version, AT);
const overdue = (of: readonly (typeof route)[], states: readonly Monitoring[], at = LATER) =>
  standingOf(of, states, at).datasetsOverdue;

describe('the dataset of a model', () => {
  it('counts as unchecked once nobody has checked it for three weeks', () => {
    expect(overdue([route], [state], LATER - 1)).toBe(0);
    expect(overdue([route], [state])).toBe(1);
    expect(overdue([route], [{ ...state, checkedAt: { dataset: AT + WEEK } }])).toBe(0);
  });

  it('does not count for a check that faults, but for one that faults for three weeks', () => {
    const faulted = { dataset: { since: AT + WEEK, at: LATER } };
    expect(overdue([route], [{ ...state, checkedAt: { dataset: AT + WEEK }, faulted }])).toBe(0);
    expect(overdue([route], [{ ...state, checkedAt: { dataset: AT }, faulted }])).toBe(1);
  });

  it('is that of the version that serves: one that has come since has its three weeks', () => {
    const next = { ...route, stable: { version: '2.0.0', digest } };
    expect(overdue([next], [state])).toBe(0);
  });

  it('says nothing of a model that was never checked, which pages by its heartbeat', () => {
    expect(overdue([route], [])).toBe(0);
  });

  it('counts by itself, whatever model of whatever tenant has the same name', () => {
    const other = { ...route, tenant: 'other' };
    const theirs = { ...state, tenant: 'other', checkedAt: { dataset: LATER } };
    expect(overdue([route, other], [theirs, state])).toBe(1);
  });
});

describe('what CloudWatch is told of all models', () => {
  it('adds up pages of them', () => {
    const page = { drifting: 1, datasetsOverdue: 2 };
    expect(together(together(NOBODY, page), page)).toEqual({ drifting: 2, datasetsOverdue: 4 });
  });

  it('is a number of datasets however few models there are, and a share of ten at least', () => {
    expect(fleetMetrics(9, { drifting: 3, datasetsOverdue: 1 }, undefined)).toEqual({
      OverdueDatasetChecks: 1,
    });
    expect(fleetMetrics(10, { drifting: 3, datasetsOverdue: 0 }, 1)).toEqual({
      ...{ OverdueDatasetChecks: 0, DriftingModelsShare: 0.3, CaptureCoverage: 1 },
    });
  });

  it('is silent of what is not known', () => {
    expect(fleetMetrics(50, undefined, undefined)).toEqual({});
  });
});
