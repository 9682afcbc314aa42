import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_MONITORING_POLICY as POLICY } from '#domain/gates/monitoring-policy.ts';
import { advanced, blockOf, type Judged } from '#domain/monitoring/alarms/advance.ts';
import { QUIET } from '#domain/monitoring/alarms/hysteresis.ts';
import { isDrifting, modelMetrics } from '#domain/monitoring/alarms/model-metrics.ts';
import { severityOf } from '#domain/monitoring/alarms/severity.ts';
import { heldLevel, type WatchedAlarm } from '#domain/monitoring/alarms/watched-alarm.ts';
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
    most = 96,
  ): number {
    const found = (ratios: typeof grave, of: readonly string[]) => ({
      kinds: [kind],
      strands: { [watched]: Object.fromEntries(of.map((strand) => [strand, ratios])) },
    });
    let state = { ...fresh, ...advanced(fresh, found(grave, strands), AT - every * HOUR, POLICY) };
    state = { ...state, ...advanced(state, found(grave, strands), AT, POLICY) };
    expect(blockOf(state.alarms, state, AT).blocked).toBe(true);
    for (let hours = every, i = 0; hours <= most; hours += every, i++) {
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
      if (state.alarms[watched]?.raised === null) return hours;
    }
    return Number.POSITIVE_INFINITY;
  }

  const OF_TRAFFIC = CAUSES.filter(([, kind]) => kind !== 'performance');

  it.each(OF_TRAFFIC)('of %s is over within two days, whatever comes', (...cause: Cause) => {
    const traffic = fc.array(fc.boolean(), { minLength: 100, maxLength: 100 });
    fc.assert(
      fc.property(traffic, (enough) => {
        expect(hoursUntilClear(cause, enough)).toBeLessThanOrEqual(48);
      }),
    );
  });

  it.each(OF_TRAFFIC)(
    'of %s is over within two days where nothing comes any more',
    (...cause: Cause) => {
      expect(hoursUntilClear(cause, [])).toBeLessThanOrEqual(48);
      expect(hoursUntilClear(cause, [])).toBeGreaterThanOrEqual(24);
    },
  );

  it('stands for 14 days where no labels come any more, and for no longer', () => {
    const cause = CAUSES.find(([watched]) => watched === 'accuracy') as Cause;
    expect(hoursUntilClear(cause, [], 30 * 24)).toBe(14 * 24);
    const once = Array.from({ length: 99 }, (_, i) => i === 36);
    expect(hoursUntilClear(cause, once, 30 * 24)).toBe(37 * 2 + 14 * 24);
  });

  it('that nothing spoke against is not known, until something is judged again', () => {
    const found = { kinds: ['health'], strands: { errors: { hour: grave } } } as const;
    let state = { ...fresh, ...advanced(fresh, found, AT - HOUR, POLICY) };
    state = { ...state, ...advanced(state, found, AT, POLICY) };
    const silent = advanced(state, { ...found, strands: {} }, AT + 24 * HOUR, POLICY);
    expect(silent.moved).toMatchObject([{ change: 'lapsed', isJudged: false, begins: [] }]);
    const lapsed = { level: 'critical', at: isoTime(AT + 24 * HOUR) };
    expect(silent.alarms.errors).toMatchObject({ raised: null, lapsed });
    const later = advanced(silent, { ...found, strands: {} }, AT + 48 * HOUR, POLICY);
    expect(later.moved).toEqual([]);
    expect(later.alarms.errors).toEqual(silent.alarms.errors);
    const again = advanced(later, found, AT + 49 * HOUR, POLICY);
    expect(again.alarms.errors).toMatchObject({ raised: null, lapsed });
    const risen = advanced(again, found, AT + 50 * HOUR, POLICY);
    expect(risen.alarms.errors?.raised).toBe('critical');
    expect(risen.alarms.errors).not.toHaveProperty('lapsed');
    const well = { kinds: ['health'], strands: { errors: { hour: quiet } } } as const;
    const known = advanced(later, well, AT + 49 * HOUR, POLICY);
    expect(known.alarms.errors).not.toHaveProperty('lapsed');
    expect(known.moved).toMatchObject([{ change: 'none', isJudged: true }]);
  });

  it('is not known at its gravest, where windows fall silent one after the other', () => {
    const warns = { ...quiet, warn: 9 };
    const alarmAfter = (state: typeof fresh, strands: Judged['strands'], hours: number) => {
      const next = advanced(state, { kinds: ['drift'], strands }, AT + hours * HOUR, POLICY);
      return { state: { ...state, ...next }, moved: next.moved[0] };
    };
    const both = { 'input-drift': { quarter: grave, day: warns } };
    let { state } = alarmAfter(fresh, both, -6);
    for (const hours of [0, 6, 12, 18]) {
      const strands = hours === 0 ? both : { 'input-drift': { day: warns } };
      ({ state } = alarmAfter(state, strands, hours));
    }
    const first = alarmAfter(state, {}, 24);
    expect(first.moved).toMatchObject({
      change: 'lapsed',
      alarm: { raised: 'warn', lapsed: { level: 'critical', at: isoTime(AT + 24 * HOUR) } },
    });
    const second = alarmAfter(first.state, {}, 42);
    expect(second.moved).toMatchObject({
      change: 'lapsed',
      alarm: { raised: null, lapsed: { level: 'critical', at: isoTime(AT + 24 * HOUR) } },
    });
    const judgedAgain = alarmAfter(first.state, { 'input-drift': { day: warns } }, 30);
    expect(judgedAgain.moved?.alarm).not.toHaveProperty('lapsed');
    expect(judgedAgain.moved?.alarm.raised).toBe('warn');
  });

  it('holds back what it held back for as long as no check speaks against it', () => {
    const STRANDS = ['quarter', 'day'];
    const steps = fc.array(
      fc.record({ hours: fc.integer({ min: 1, max: 80 }), of: fc.subarray(STRANDS) }),
    );
    fc.assert(
      fc.property(steps, (all) => {
        let [state, at, held] = [fresh, AT, 0];
        for (const { hours, of } of all) {
          at += hours * HOUR;
          const strands = Object.fromEntries(of.map((strand) => [strand, grave]));
          const now = { kinds: CHECKS, strands: { 'input-drift': strands } };
          state = { ...state, ...advanced(state, now, at, POLICY) };
          const severity = severityOf(heldLevel(state.alarms['input-drift']));
          expect(severity).toBeGreaterThanOrEqual(held);
          held = severity;
        }
      }),
    );
  });

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
  const lapsedFrom = (watched: Watched, level: NonNullable<Level>, raised: Level = null) => {
    const { [watched]: alarm } = alarmsOf({ [watched]: raised });
    return { [watched]: { ...alarm, lapsed: { level, at: now } } } as Monitoring['alarms'];
  };
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

  it.each([0, -2 * HOUR])(
    'is another one also where a check of the same or an earlier time is made up for: %i ms',
    (back) => {
      const judged = { strands: { labels: { ...QUIET, checkedAt: AT } } };
      const stateOfBlock = (levels: Levels, blockedSince: string) => ({
        alarms: Object.fromEntries(
          Object.entries(alarmsOf(levels)).map(([name, alarm]) => [name, { ...alarm, ...judged }]),
        ),
        ...{ blocked: true, blockedSince },
      });
      const sinces = [then];
      for (const levels of [drift, { ...drift, errors: 'page' }] satisfies Levels[]) {
        const joined = alarmsOf({ errors: 'page', ...levels, latency: 'page' });
        const since = blockOf(joined, stateOfBlock(levels, sinces.at(-1) ?? ''), AT + back);
        sinces.push(since.blockedSince ?? '');
      }
      expect(sinces).toEqual([...new Set(sinces)].sort());
    },
  );

  it('begins where there was none, whatever stood before', () => {
    const state = { alarms: alarmsOf(drift), blocked: false };
    expect(blockOf(alarmsOf(drift), state, AT)).toEqual({
      ...{ blocked: true, blockedSince: then, blockedBy: 'input-drift (page)' },
    });
    expect(blockOf({}, { ...state, blocked: true }, AT)).toEqual({ blocked: false });
  });

  it('stands, and is the same, where what it is by is not known any more', () => {
    const state = { alarms: alarmsOf({ fairness: 'page' }), blocked: true, blockedSince: then };
    const unknown = lapsedFrom('fairness', 'page');
    const block = blockOf(unknown, state, AT + HOUR);
    expect(block).toEqual({
      ...{ blocked: true, blockedSince: then, blockedBy: 'fairness (not known)' },
    });
    const raisedAgain = (raised: Level) =>
      blockOf(alarmsOf({ fairness: raised }), { alarms: unknown, ...block }, AT + 2 * HOUR);
    expect(raisedAgain('page')).toMatchObject({ blockedSince: then, blockedBy: 'fairness (page)' });
    expect(raisedAgain('critical').blockedSince).toBe(isoTime(AT + 2 * HOUR));
    expect(raisedAgain(null).blocked).toBe(false);
  });

  it('is of the level that lapsed, where the alarm is still at a lesser one', () => {
    const state = { alarms: alarmsOf(drift), blocked: true, blockedSince: then };
    const held = blockOf(lapsedFrom('input-drift', 'page', 'warn'), state, AT + HOUR);
    expect(held).toMatchObject({ blockedSince: then, blockedBy: 'input-drift (not known)' });
    expect(blockOf(lapsedFrom('input-drift', 'retrain'), state, AT).blocked).toBe(false);
  });

  it('never gets the time of one that is over', () => {
    const one = { alarms: alarmsOf(drift), blocked: true, blockedSince: then };
    const over = blockOf(alarmsOf({ 'input-drift': null }), one, AT + 2 * HOUR);
    expect(over).toEqual({ blocked: false, blockedSince: then });
    for (const at of [AT, AT - 5 * HOUR]) {
      const quietNow = { alarms: alarmsOf({ 'input-drift': null }), ...over };
      const again = blockOf(alarmsOf({ errors: 'page' }), quietNow, at);
      expect((again.blockedSince ?? '') > then).toBe(true);
    }
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
