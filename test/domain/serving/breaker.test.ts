import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admit,
  type Breaker,
  BreakerPolicy,
  CLOSED,
  DEFAULT_BREAKER_POLICY,
  settle,
  withdraw,
  wouldAdmit,
} from '#domain/serving/breaker.ts';

const POLICY = DEFAULT_BREAKER_POLICY;

/** One request after another, at one moment. */
function settled(results: readonly boolean[], now = 0, from: Breaker = CLOSED): Breaker {
  return results.reduce((breaker, ok) => {
    const { admitted, breaker: asked } = admit(breaker, now, POLICY);
    return admitted ? settle(asked, { round: asked.round, ok }, now, POLICY) : asked;
  }, from);
}
const failures = (count: number): boolean[] => Array(count).fill(false);
const open = settled(failures(5));

describe('a breaker', () => {
  it('opens at the fifth failure in a row, and not at the fourth', () => {
    expect(settled(failures(4)).kind).toBe('closed');
    expect(settled(failures(5))).toMatchObject({ kind: 'open', until: 30_000 });
  });

  it('counts anew after a success', () => {
    expect(settled([...failures(4), true, ...failures(4)]).kind).toBe('closed');
    expect(settled([...failures(4), true, ...failures(5)]).kind).toBe('open');
  });

  it('lets nothing through until its rest is over', () => {
    expect(wouldAdmit(open, 29_999, POLICY)).toBe(false);
    expect(wouldAdmit(open, 30_000, POLICY)).toBe(true);
  });

  it('then lets one request through at a time', () => {
    const { breaker } = admit(open, 30_000, POLICY);
    expect(breaker.kind).toBe('half-open');
    expect(wouldAdmit(breaker, 30_001, POLICY)).toBe(false);
    const next = settle(breaker, { round: breaker.round, ok: true }, 30_002, POLICY);
    expect(wouldAdmit(next, 30_002, POLICY)).toBe(true);
  });

  it('closes after three trials in a row that succeed', () => {
    expect(settled([true, true], 30_000, open).kind).toBe('half-open');
    expect(settled([true, true, true], 30_000, open)).toMatchObject({ kind: 'closed', failed: 0 });
  });

  it('rests twice as long after each trial that fails, up to ten minutes', () => {
    let breaker: Breaker = open;
    const rests: number[] = [];
    for (let i = 0; i < 7; i++) {
      if (breaker.kind !== 'open') break;
      const { restMs, until } = breaker;
      rests.push(restMs);
      breaker = settled([true, false], until, breaker);
    }
    expect(rests).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
  });

  it('takes a trial that never ends for a failed one', () => {
    const { breaker } = admit(open, 30_000, POLICY);
    expect(admit(breaker, 54_999, POLICY)).toEqual({ admitted: false, breaker });
    expect(admit(breaker, 55_000, POLICY)).toMatchObject({
      admitted: false,
      breaker: { kind: 'open', until: 115_000, restMs: 60_000 },
    });
  });

  it('tries another request after one that told nothing, and rests no longer for it', () => {
    const { breaker: trial } = admit(open, 30_000, POLICY);
    const free = withdraw(trial, trial.round);
    expect(wouldAdmit(free, 30_001, POLICY)).toBe(true);
    expect(settle(free, { round: trial.round, ok: false }, 30_001, POLICY)).toBe(free);
    expect(withdraw(open, open.round)).toBe(open);
    expect(withdraw(CLOSED, CLOSED.round)).toBe(CLOSED);
  });

  it('does not listen to results of an earlier round', () => {
    const late = { round: CLOSED.round, ok: true };
    const { breaker: trial } = admit(open, 30_000, POLICY);
    expect(settle(open, late, 1, POLICY)).toBe(open);
    expect(settle(trial, late, 30_001, POLICY)).toBe(trial);
    const once = settle(trial, { round: trial.round, ok: true }, 30_001, POLICY);
    expect(settle(once, { round: trial.round, ok: true }, 30_002, POLICY)).toBe(once);
  });

  it('never lets two trials run at once, and no request through while it rests', () => {
    const step = fc.oneof(
      fc.constant({ kind: 'ask' } as const),
      fc.record({ kind: fc.constant('end' as const), ok: fc.boolean(), which: fc.nat(3) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(40_000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        let breaker: Breaker = CLOSED;
        let now = 0;
        let inFlight: { readonly round: number; readonly trial: boolean; readonly at: number }[] =
          [];
        for (const each of steps) {
          if (each.kind === 'wait') now += each.ms;
          if (each.kind === 'end' && inFlight.length > 0) {
            const ended = inFlight[each.which % inFlight.length];
            inFlight = inFlight.filter((one) => one !== ended);
            if (ended) breaker = settle(breaker, { round: ended.round, ok: each.ok }, now, POLICY);
          }
          if (each.kind !== 'ask') continue;
          const before: Breaker = breaker;
          const { admitted, breaker: asked } = admit(before, now, POLICY);
          breaker = asked;
          expect(asked.round).toBeGreaterThanOrEqual(before.round);
          if (!admitted) continue;
          if (before.kind === 'open') expect(now).toBeGreaterThanOrEqual(before.until);
          const trial = asked.kind === 'half-open';
          const running = inFlight.filter(
            (one) => one.trial && one.round === asked.round && now - one.at < POLICY.trialMs,
          );
          if (trial) expect(running).toEqual([]);
          inFlight.push({ round: asked.round, trial, at: now });
        }
      }),
      { numRuns: 500 },
    );
  });
});

it('a breaker rests at least as long at the most as at the least', () => {
  const { restMs } = POLICY;
  expect(BreakerPolicy.safeParse({ ...POLICY, restMostMs: restMs }).success).toBe(true);
  expect(BreakerPolicy.safeParse({ ...POLICY, restMostMs: restMs - 1 }).success).toBe(false);
});
