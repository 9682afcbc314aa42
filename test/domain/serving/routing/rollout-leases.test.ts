import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ROLLOUT_POLICY } from '#domain/gates/rollout-policy.ts';
import { lookLease } from '#domain/serving/routing/look-lease.ts';
import { startAtShare } from '#domain/serving/routing/start-at-share.ts';
import { LEASE_SECONDS } from '#domain/serving/routing/transition.ts';
import {
  done,
  moment,
  NOW,
  sampleCandidate,
  sampleExperiment,
  sampleRoute,
  targetNo,
} from './sample-route.ts';

const AT = moment(NOW);

describe('the lease of a look', () => {
  it('lasts a minute longer than until the next one, which comes ever later', () => {
    expect(lookLease(DEFAULT_ROLLOUT_POLICY, 0)).toEqual({ nextSeconds: 20, leaseSeconds: 80 });
    expect(lookLease(DEFAULT_ROLLOUT_POLICY, 5)).toEqual({ nextSeconds: 61, leaseSeconds: 121 });
    expect(lookLease(DEFAULT_ROLLOUT_POLICY, 100)).toEqual({ nextSeconds: 900, leaseSeconds: 960 });
  });

  it('is one that a route grants, after whole seconds, whatever the policy asks for', () => {
    const anyPolicy = fc.record({
      lookSecondsMin: fc.double({ min: 1e-3, max: 1e5, noNaN: true }),
      lookSecondsMax: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      lookGrowth: fc.double({ min: 1, max: 10, noNaN: true }),
      leaseMarginSeconds: fc.integer({ min: 10, max: 900 }),
    });
    fc.assert(
      fc.property(anyPolicy, fc.nat(5000), (policy, looks) => {
        const lease = lookLease({ ...DEFAULT_ROLLOUT_POLICY, ...policy }, looks);
        expect(Number.isInteger(lease.nextSeconds)).toBe(true);
        expect(lease.nextSeconds).toBeGreaterThan(0);
        expect(lease.leaseSeconds).toBeGreaterThan(lease.nextSeconds);
        expect(lease.leaseSeconds).toBeLessThanOrEqual(LEASE_SECONDS.most);
      }),
    );
  });
});

describe('a candidate that starts with a share', () => {
  const route = sampleRoute();
  const start = { seen: route, target: targetNo(2), leaseSeconds: 80, share: 0.05 };

  it('has it in the generation that begins it', () => {
    expect(done(startAtShare(route, start, AT))).toMatchObject({
      generation: 2,
      candidate: {
        ...targetNo(2),
        mode: 'canary',
        share: 0.05,
        since: 2,
        leaseUntil: NOW + 80_000,
      },
    });
  });

  it('may have all', () => {
    const { candidate } = done(startAtShare(route, { ...start, share: 1 }, AT));
    expect(candidate).toMatchObject({ mode: 'full', share: 1 });
  });

  it('starts neither beside another one nor beside an experiment', () => {
    const taken = sampleRoute({ candidate: sampleCandidate(targetNo(3)) });
    const shared = sampleRoute({ experiments: [sampleExperiment()] });
    for (const busy of [taken, shared]) {
      expect(startAtShare(busy, { ...start, seen: busy }, AT)).toMatchObject({
        refusal: { kind: 'busy' },
      });
    }
  });
});
