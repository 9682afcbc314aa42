import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ROLLOUT_POLICY } from '#domain/gates/rollout-policy.ts';
import type { EventCounts, Stratum } from '#domain/rollout/observation.ts';
import {
  addEvents,
  belowRate,
  eventsUntil,
  exposuresUntil,
  mixture,
} from '#domain/rollout/rate-ratio.ts';
import { binomial, sfc32 } from '../../../bench/simulate/random.ts';
import { truth } from './truth.ts';

const { harmAlternatives, promotionAlternatives } = DEFAULT_ROLLOUT_POLICY;
const none = (alternatives: readonly number[]) => alternatives.map(() => 0);
const stratum = (n_c: number, n_b: number, e_c: number, e_b: number): Stratum<EventCounts> => ({
  canary: { exposures: n_c, events: e_c },
  baseline: { exposures: n_b, events: e_b },
});
const lnE = (looks: readonly Stratum<EventCounts>[], ratio = 1, alternatives = harmAlternatives) =>
  mixture(
    looks.reduce<readonly number[]>(
      (logs, look) => addEvents(logs, look, ratio, alternatives),
      none(alternatives),
    ),
  );

const arm = fc.tuple(fc.nat(500), fc.nat(500)).map(([a, b]) => [Math.max(a, b), Math.min(a, b)]);
const anyStratum = fc
  .tuple(arm, arm)
  .map(([[n_c = 0, e_c = 0], [n_b = 0, e_b = 0]]) => stratum(n_c, n_b, e_c, e_b));

describe('the e-value of a ratio of rates', () => {
  it.each(truth.rateRatio)('is what binomial likelihoods give, $looks', (found) => {
    const looks = found.looks.map((look) => stratum(...(look as [number, number, number, number])));
    expect(lnE(looks)).toBeCloseTo(found.harm, 9);
    expect(lnE(looks, 1.5, promotionAlternatives)).toBeCloseTo(found.promotion, 9);
  });

  it.each(truth.rateRatio)('of a negligible rate is what binomials give, $looks', (found) => {
    const exposures = found.looks.reduce((sum, [n = 0]) => sum + n, 0);
    const events = found.looks.reduce((sum, [, , e = 0]) => sum + e, 0);
    expect(belowRate({ exposures, events }, found.rate)).toBeCloseTo(found.below, 9);
  });

  it('does not depend on the order in which strata come', () => {
    fc.assert(
      fc.property(fc.array(anyStratum), (looks) => {
        expect(lnE(looks.toReversed())).toBeCloseTo(lnE(looks), 6);
      }),
    );
  });

  it('grows with each event of the canary and falls with each of the baseline', () => {
    fc.assert(
      fc.property(anyStratum, fc.integer({ min: 1, max: 50 }), (look, more) => {
        const worse = { ...look, canary: { exposures: look.canary.exposures + more, events: 0 } };
        const with_ = (events: number) =>
          lnE([{ ...worse, canary: { ...worse.canary, events: look.canary.events + events } }]);
        expect(with_(more)).toBeGreaterThanOrEqual(with_(0) - 1e-9);
        const better = stratum(
          look.canary.exposures,
          look.baseline.exposures + more,
          look.canary.events,
          look.baseline.events,
        );
        const failing = {
          ...better,
          baseline: { ...better.baseline, events: better.baseline.events + more },
        };
        expect(lnE([failing])).toBeLessThanOrEqual(lnE([better]) + 1e-9);
      }),
    );
  });

  it('learns nothing while one arm has no exposures', () => {
    expect(lnE([stratum(0, 1000, 0, 30)])).toBeCloseTo(0, 12);
    expect(lnE([stratum(1000, 0, 30, 0)])).toBeCloseTo(0, 12);
  });

  // The mean of 20,000 e-values, of which the greatest may be huge: a bound of three deviations.
  it.each([
    [1, 1, harmAlternatives, 0.01],
    [1, 1, harmAlternatives, 0.3],
    [1.5, 1.5, promotionAlternatives, 0.01],
    [1.5, 1.5, promotionAlternatives, 0.3],
  ])('is at most 1 on average at a ratio of %d', (actual, ratio, alternatives, rate) => {
    const random = sfc32(11, rate * 1000);
    const rollouts = 20_000;
    let [sum, squares] = [0, 0];
    for (let i = 0; i < rollouts; i++) {
      const looks = [0.05, 0.1, 0.5].map((share) => {
        const n = 400;
        const [n_c, n_b] = [n * share, n * (1 - share)];
        return stratum(n_c, n_b, binomial(n_c, actual * rate, random), binomial(n_b, rate, random));
      });
      const e = Math.exp(lnE(looks, ratio, alternatives));
      sum += e;
      squares += e * e;
    }
    const mean = sum / rollouts;
    const deviation = Math.sqrt((squares / rollouts - mean * mean) / rollouts);
    expect(mean - 3 * deviation).toBeLessThanOrEqual(1);
  });
});

describe('the sample still needed', () => {
  it('is what an equal canary needs on average', () => {
    const share = 0.5;
    const needed = eventsUntil(
      none(promotionAlternatives),
      Math.log(20),
      1.5,
      promotionAlternatives,
      share,
    );
    const looks = [stratum(1e5, 1e5, Math.ceil(needed / 2), Math.ceil(needed / 2))];
    expect(lnE(looks, 1.5, promotionAlternatives)).toBeGreaterThan(Math.log(20));
    const half = [stratum(1e5, 1e5, Math.round(needed / 4), Math.round(needed / 4))];
    expect(lnE(half, 1.5, promotionAlternatives)).toBeLessThan(Math.log(20));
  });

  it('is nothing once it has come, and unknown where no alternative grows', () => {
    expect(eventsUntil([100, 0], 3, 1.5, [1, 1.15], 0.5)).toBe(0);
    expect(eventsUntil([0], 3, 1.5, [0.2], 0.5)).toBe(Number.POSITIVE_INFINITY);
  });

  it('of units that never fail is what shows the negligible rate', () => {
    const needed = exposuresUntil({ exposures: 0, events: 0 }, Math.log(20), 0.001, 0);
    const shown = (exposures: number) => belowRate({ exposures, events: 0 }, 0.001);
    expect(shown(Math.ceil(needed))).toBeGreaterThanOrEqual(Math.log(20));
    expect(shown(needed / 2)).toBeLessThan(Math.log(20));
  });
});
