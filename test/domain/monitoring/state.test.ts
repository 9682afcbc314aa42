import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_MONITORING_POLICY as POLICY } from '#domain/gates/monitoring-policy.ts';
import { advanced, blockOf, type Judged } from '#domain/monitoring/alarms/advance.ts';
import { isDrifting, modelMetrics } from '#domain/monitoring/alarms/model-metrics.ts';
import type { WatchedAlarm } from '#domain/monitoring/alarms/watched-alarm.ts';
import { NOTHING_SEEN } from '#domain/monitoring/capture/seen.ts';
import { check } from '#domain/monitoring/check/check.ts';
import { CheckMessage } from '#domain/monitoring/check/check-message.ts';
import { dueKinds, type Monitoring, stateOf } from '#domain/monitoring/check/state.ts';
import { isoTime } from '#domain/monitoring/iso-time.ts';
import { CHECKS, type CheckKind, type Watched } from '#domain/monitoring/report/drift-report.ts';
import { ratiosOf } from '#domain/monitoring/statistics/levels.ts';
import { AT, HOUR, input, version } from './watched-world.ts';

const judged = (strands: Judged['strands']): Judged => ({ strands, kinds: CHECKS });
const fresh = stateOf(undefined, version, AT);

describe('the time of a check', () => {
  it('is written as JavaScript does', () => {
    const times = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
    fc.assert(fc.property(times, (ms) => isoTime(ms) === new Date(ms).toISOString()));
  });
});

describe('a kind of check', () => {
  it('is due by the period of its policy, a tenth early, and not before', () => {
    const at = (hours: number) => ({ ...fresh, checkedAt: { drift: AT - hours * HOUR } });
    expect(dueKinds(at(6), ['drift'], AT, POLICY)).toEqual(['drift']);
    expect(dueKinds(at(5.4), ['drift'], AT, POLICY)).toEqual(['drift']);
    expect(dueKinds(at(5.3), ['drift'], AT, POLICY)).toEqual([]);
    expect(dueKinds(at(5.3), ['drift'], AT, { ...POLICY, driftHours: 5 })).toEqual(['drift']);
  });

  it('is due of a version that was never checked', () => {
    expect(dueKinds(fresh, CHECKS, AT, POLICY)).toEqual(CHECKS);
  });

  it('has a period of its own: two hours, an hour, a week', () => {
    const state = {
      ...fresh,
      checkedAt: Object.fromEntries(CHECKS.map((kind) => [kind, AT - 2 * HOUR])),
    };
    expect(dueKinds(state, CHECKS, AT, POLICY)).toEqual(['performance', 'health']);
    expect(dueKinds(state, CHECKS, AT + 6.5 * 24 * HOUR, POLICY)).toContain('dataset');
  });

  it('is not due again for a message that is repeated or late', () => {
    const state = { ...fresh, checkedAt: { drift: AT } };
    for (const at of [AT, AT - 1, AT - 100 * HOUR]) {
      expect(dueKinds(state, ['drift'], at, { ...POLICY, driftHours: 1e-9 })).toEqual([]);
    }
  });
});

describe('a message', () => {
  const message = { tenant: 'acme', model: 'churn', kinds: ['drift'], at: '2026-03-02T12:00:00Z' };

  it.each([
    ['of the sweep', message],
    ['of a person', { ...message, asked: true }],
  ])('%s is read', (_, body) => {
    expect(CheckMessage.parse(body)).toEqual(body);
  });

  it.each([
    ['another tenant than there can be', { ...message, tenant: 'a#b' }],
    ['no kind', { ...message, kinds: [] }],
    ['an unknown kind', { ...message, kinds: ['all'] }],
    ['no time', { ...message, at: 'now' }],
    ['more than a message has', { ...message, digest: 'x' }],
  ])('with %s is refused', (_, body) => {
    expect(CheckMessage.safeParse(body).success).toBe(false);
  });
});

describe('alarms', () => {
  /** What a check at a time finds: the same, whenever its message arrives. */
  const found = (at: number) => ({
    'input-drift': {
      quarter: ratiosOf(((at * 7919) % 40) / 100, POLICY.psi, 0),
      day: ratiosOf(((at * 104_729) % 30) / 100, POLICY.psi, 0),
    },
    errors: { hour: ratiosOf(((at * 1299709) % 30) / 100, POLICY.psi, 0) },
  });

  function taken(times: readonly number[]): Monitoring {
    let state = fresh;
    for (const hour of times) {
      const at = hour * HOUR;
      const due = dueKinds(state, ['drift'], at, { ...POLICY, driftHours: 0.1 });
      if (due.length === 0) continue;
      const { alarms, proposals } = advanced(state, judged(found(hour)), at, POLICY);
      const { blockedSince: _, blockedBy: __, ...rest } = state;
      const block = blockOf(alarms, state, at);
      state = { ...rest, ...{ alarms, proposals, checkedAt: { drift: at } }, ...block };
    }
    return state;
  }

  it('come to the same however messages are repeated and late: those that were late are not taken', () => {
    const hours = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 });
    fc.assert(
      fc.property(hours, (order) => {
        const inTime = order.filter((hour, i) => hour > Math.max(0, ...order.slice(0, i)));
        expect(taken(order)).toEqual(taken(inTime));
      }),
    );
  });

  it('come to the same where every message comes in its turn, and some again', () => {
    const repeats = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 40 });
    fc.assert(
      fc.property(repeats, (times) => {
        const once = times.map((_, i) => i + 1);
        const often = times.flatMap((count, i) => [
          ...Array.from({ length: count + 1 }, () => i + 1),
          // A message of before, at last delivered again.
          ...(count > 1 ? [Math.max(1, i - count)] : []),
        ]);
        expect(taken(often)).toEqual(taken(once));
      }),
    );
  });

  it('move once for a time, in each of their windows', () => {
    const first = advanced(fresh, judged(found(5)), 5 * HOUR, POLICY);
    const again = advanced({ ...fresh, ...first }, judged(found(5)), 5 * HOUR, POLICY);
    expect(again.moved).toEqual([]);
    expect(again.alarms).toEqual(first.alarms);
  });

  it('propose one retraining a day, whichever of them ask for it', () => {
    const grave = ratiosOf(0.5, POLICY.psi, 0);
    const strands = { 'input-drift': { day: grave }, 'label-drift': { labels: grave } };
    let state = fresh;
    const begun: string[] = [];
    for (let hour = 1; hour <= 60; hour += 6) {
      const next = advanced(state, judged(strands), hour * HOUR, POLICY);
      begun.push(...next.moved.flatMap(({ begins }) => begins));
      state = { ...state, ...next };
    }
    expect(begun.filter((one) => one === 'propose-retraining')).toHaveLength(3);
    expect(begun.filter((one) => one === 'page')).toHaveLength(2);
  });
});

describe('an alarm whose cause has ended', () => {
  const grave = ratiosOf(0.5, POLICY.psi, 0);
  const quiet = ratiosOf(0, POLICY.psi, 0);
  type Cause = readonly [Watched, CheckKind, readonly string[], number];
  const CAUSES: Cause[] = [
    ['input-drift', 'drift', ['quarter', 'day'], 6],
    ['accuracy', 'performance', ['labels'], 2],
    ['errors', 'health', ['hour'], 1],
  ];

  /** Raised by two checks; then windows are judged as `enough` says, a day's with what came before it. */
  function hoursUntilClear(
    [watched, kind, strands, every]: Cause,
    enough: readonly boolean[],
  ): number {
    const found = (ratios: typeof grave, of: readonly string[]) => ({
      kinds: [kind],
      strands: { [watched]: Object.fromEntries(of.map((strand) => [strand, ratios])) },
    });
    let state = { ...fresh, ...advanced(fresh, found(grave, strands), AT - every * HOUR, POLICY) };
    state = { ...state, ...advanced(state, found(grave, strands), AT, POLICY) };
    expect(blockOf(state.alarms, state, AT).blocked).toBe(true);
    for (let hours = every, i = 0; hours <= 96; hours += every, i++) {
      const lagging = hours < 24 && strands.some((one) => one === 'day') ? ['day'] : [];
      const others = strands.filter((one) => enough[i] && !lagging.includes(one));
      const now = {
        kinds: [kind],
        strands: {
          [watched]: {
            ...found(quiet, others).strands[watched],
            ...found(grave, lagging).strands[watched],
          },
        },
      };
      state = { ...state, ...advanced(state, now, AT + hours * HOUR, POLICY) };
      if (!blockOf(state.alarms, state, AT).blocked) return hours;
    }
    return Number.POSITIVE_INFINITY;
  }

  it.each(CAUSES)('of %s is over within two days, whatever traffic comes', (...cause: Cause) => {
    const traffic = fc.array(fc.boolean(), { minLength: 100, maxLength: 100 });
    fc.assert(
      fc.property(traffic, (enough) => {
        expect(hoursUntilClear(cause, enough)).toBeLessThanOrEqual(48);
      }),
    );
  });

  it.each(CAUSES)(
    'of %s is over within two days where nothing comes any more',
    (...cause: Cause) => {
      expect(hoursUntilClear(cause, [])).toBeLessThanOrEqual(48);
      expect(hoursUntilClear(cause, [])).toBeGreaterThanOrEqual(24);
    },
  );

  it('stands while its kind of check is not made', () => {
    const found = { kinds: ['drift'], strands: { 'input-drift': { day: grave } } } as const;
    let state = { ...fresh, ...advanced(fresh, found, AT - HOUR, POLICY) };
    state = { ...state, ...advanced(state, found, AT, POLICY) };
    const other = { kinds: ['health'], strands: {} } as const;
    expect(advanced(state, other, AT + 99 * HOUR, POLICY).moved).toEqual([]);
  });

  it('is still on while a check a day finds the cause', () => {
    const found = { kinds: ['health'], strands: { errors: { hour: grave } } } as const;
    let state = { ...fresh, ...advanced(fresh, found, AT - HOUR, POLICY) };
    for (let hours = 0; hours < 100; hours++) {
      const now = hours % 24 === 0 ? found : { ...found, strands: {} };
      state = { ...state, ...advanced(state, now, AT + hours * HOUR, POLICY) };
      expect(state.alarms.errors?.raised).toBe('critical');
    }
  });
});

describe('a block', () => {
  type Level = NonNullable<WatchedAlarm['raised']> | null;
  type Levels = Readonly<Partial<Record<Watched, Level>>>;
  const alarmsOf = (levels: Levels): Monitoring['alarms'] =>
    Object.fromEntries(
      Object.entries(levels).map(([watched, raised]) => [
        watched,
        { raised, checkedAt: AT, ratios: ratiosOf(0, POLICY.psi, 0), strands: {} },
      ]),
    );
  const then = isoTime(AT);
  const now = isoTime(AT + HOUR);
  const sinceOf = (before: Levels, after: Levels) => {
    const state = { alarms: alarmsOf(before), blocked: true, blockedSince: then };
    return blockOf(alarmsOf(after), state, AT + HOUR).blockedSince;
  };
  const drift = { 'input-drift': 'page' } as const;

  it.each([
    ['joins', drift, { ...drift, accuracy: 'critical' }],
    ['takes the place of another', drift, { accuracy: 'page' }],
    ['rises from what does not block', { ...drift, errors: 'warn' }, { ...drift, errors: 'page' }],
    ['escalates', { errors: 'page' }, { errors: 'critical' }],
  ] satisfies [string, Levels, Levels][])('is another one once an alarm %s', (_, before, after) => {
    expect(sinceOf(before, after)).toBe(now);
  });

  it.each([
    ['nothing moves', drift, drift],
    ['an alarm leaves', { ...drift, errors: 'critical' }, drift],
    ['an alarm eases', { errors: 'critical' }, { errors: 'page' }],
    ['one rises that does not block', drift, { ...drift, latency: 'warn' }],
  ] satisfies [string, Levels, Levels][])('is the same while %s', (_, before, after) => {
    expect(sinceOf(before, after)).toBe(then);
  });

  it('begins where there was none, whatever stood before', () => {
    const state = { alarms: alarmsOf(drift), blocked: false };
    expect(blockOf(alarmsOf(drift), state, AT)).toEqual({
      ...{ blocked: true, blockedSince: then, blockedBy: 'input-drift (page)' },
    });
    expect(blockOf({}, { ...state, blocked: true }, AT)).toEqual({ blocked: false });
  });
});

describe('what CloudWatch is told', () => {
  it('has errors and latency only where there were requests enough to judge by', () => {
    const of = (requests: number, threw: number) => {
      const seen = { ...NOTHING_SEEN, requests, failures: { threw } };
      const service = { seen, hours: 1, read: { hour: 1, counted: NOTHING_SEEN } };
      const { report, next } = check(input({ kinds: ['health'], service }));
      return modelMetrics(report, next, []);
    };
    expect(of(20, 1)).not.toHaveProperty('ErrorRate');
    expect(of(1000, 200)).toMatchObject({ ErrorRate: 0.2 });
    expect(of(1000, 200)).not.toHaveProperty('model_prediction_latency');
  });

  it('has the severity of what is raised, and nothing that was not judged', () => {
    const { report, next } = check(input({ kinds: ['performance'], truths: new Map() }));
    expect(modelMetrics(report, next, [])).toEqual({
      CheckHeartbeat: 1,
      DriftSeverity: 0,
      QualitySeverity: 0,
    });
    const since = isoTime(AT);
    const raised = (level: 'retrain' | 'critical') => ({
      ...{ raised: level, since, checkedAt: AT, ratios: ratiosOf(1, POLICY.psi, 0), strands: {} },
    });
    const alarms = { 'label-drift': raised('retrain'), accuracy: raised('critical') };
    expect(modelMetrics(report, { alarms }, [])).toMatchObject({
      DriftSeverity: 2,
      QualitySeverity: 4,
    });
    expect(isDrifting({ alarms })).toBe(true);
    expect(isDrifting({ alarms: { accuracy: raised('critical') } })).toBe(false);
  });
});
