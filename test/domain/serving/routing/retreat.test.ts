import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kill } from '#domain/serving/routing/kill.ts';
import { leaseOfStep, retreat, shareAfterStep, stepBack } from '#domain/serving/routing/retreat.ts';
import { RouteDocument } from '#domain/serving/routing/route-document.ts';
import type { Transition } from '#domain/serving/routing/transition.ts';
import {
  digestNo,
  done,
  moment,
  NOW,
  sampleCandidate,
  sampleExperiment,
  sampleRoute,
  targetNo,
} from './sample-route.ts';

const AT = moment(NOW);
const seenOf = ({ generation, killEpoch }: RouteDocument) => ({ generation, killEpoch });
const refusal = (transition: Transition) => (transition.ok ? undefined : transition.refusal.kind);

const settled = sampleRoute({
  generation: 9,
  killEpoch: 2,
  stable: { ...targetNo(1), since: 4 },
  previous: targetNo(8),
});
const asked = { seen: seenOf(settled), digest: digestNo(1), share: 0.9, leaseSeconds: 120 };

describe('a retreat of stable', () => {
  it('makes the version before it stable, and it a candidate of the rest', () => {
    const route = done(retreat(settled, asked, AT));
    expect(route).toMatchObject({
      generation: 10,
      killEpoch: 2,
      stable: { ...targetNo(8), since: 10 },
      candidate: {
        ...targetNo(1),
        mode: 'canary',
        share: 0.9,
        shadowSample: 0,
        leaseUntil: NOW + 120_000,
        epoch: 2,
        since: 4,
      },
    });
    expect(route).not.toHaveProperty('previous');
    expect(RouteDocument.safeParse(route).success).toBe(true);
  });

  it('leaves it to be killed by whoever saw it fail as stable', () => {
    const route = done(retreat(settled, asked, AT));
    const killed = { digest: digestNo(1), quarantineUntil: NOW + 1 };
    expect(refusal(kill(route, { ...killed, seenGeneration: 3 }, AT))).toBe('superseded');
    const after = done(kill(route, { ...killed, seenGeneration: 4 }, AT));
    expect(after).toMatchObject({ stable: targetNo(8), killEpoch: 3 });
    expect(after).not.toHaveProperty('candidate');
  });

  it.each<[string, Partial<RouteDocument>, Partial<typeof asked>, string]>([
    ['of another version', {}, { digest: digestNo(2) }, 'not-serving'],
    ['upon old news', {}, { seen: { generation: 8, killEpoch: 2 } }, 'superseded'],
    ['beside a candidate', { candidate: sampleCandidate() }, {}, 'busy'],
    ['beside an experiment', { experiments: [sampleExperiment()] }, {}, 'busy'],
    [
      'to a quarantined version',
      { quarantined: [{ digest: digestNo(8), until: NOW + 1 }] },
      {},
      'no-rollback-target',
    ],
    ['that leaves all', {}, { share: 1 }, 'share'],
    ['that leaves nothing', {}, { share: 0 }, 'share'],
    ['without a lease', {}, { leaseSeconds: 9 }, 'lease'],
  ])('%s is refused', (_, changes, other, kind) => {
    expect(refusal(retreat({ ...settled, ...changes }, { ...asked, ...other }, AT))).toBe(kind);
  });

  it('to nothing is refused', () => {
    const { previous: _, ...route } = settled;
    expect(refusal(retreat(route, asked, AT))).toBe('no-rollback-target');
  });
});

describe('a step back', () => {
  const canary = sampleRoute({ candidate: sampleCandidate({ share: 0.25 }) });
  const back = { seen: seenOf(canary), share: 0.2, leaseSeconds: 120 };

  it('takes share and keeps the rest until the next step', () => {
    const { candidate } = done(stepBack(canary, back, AT));
    expect(candidate).toMatchObject({ share: 0.2, leaseUntil: NOW + 120_000 });
    const shorter = done(stepBack(canary, { ...back, leaseSeconds: 10 }, AT));
    expect(shorter.candidate?.leaseUntil).toBe(NOW + 60_000);
  });

  it('does not give a lease again that ran out', () => {
    const late = moment(NOW + 60_000);
    expect(done(stepBack(canary, back, late)).candidate?.leaseUntil).toBe(NOW + 60_000);
  });

  it('never gives more', () => {
    expect(refusal(stepBack(canary, { ...back, share: 0.25 }, AT))).toBe('share');
    expect(refusal(stepBack(canary, { ...back, leaseSeconds: 1 }, AT))).toBe('lease');
  });

  it('is leased for a minute more than it lasts, as far as leases go', () => {
    expect(leaseOfStep(60)).toBe(120);
    expect(leaseOfStep(0.5)).toBe(60.5);
    expect(leaseOfStep(3600)).toBe(1800);
  });
});

const shares = fc.double({ min: 0.001, max: 1, noNaN: true });
const counts = fc.integer({ min: 1, max: 100 });

describe('the steps', () => {
  it('are as many as there are to be, of one size, down to nothing', () => {
    fc.assert(
      fc.property(shares, counts, (start, steps) => {
        let share = start;
        for (let left = steps - 1; left >= 0; left--) {
          share = shareAfterStep(share, start, steps);
          expect(share).toBeCloseTo((start * left) / steps, 9);
        }
        expect(share).toBe(0);
      }),
    );
  });

  it('always lead down, from wherever the share is', () => {
    fc.assert(
      fc.property(shares, shares, counts, (share, start, steps) => {
        expect(shareAfterStep(share, start, steps)).toBeLessThan(share);
      }),
    );
  });

  it('of nothing are none', () => {
    expect(shareAfterStep(0, 0, 10)).toBe(0);
    expect(shareAfterStep(0, 0.5, 10)).toBe(0);
    expect(shareAfterStep(0.5, 0, 10)).toBe(0);
  });

  it('keep every route sound, whatever its share and steps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 20 }),
        fc.integer({ min: 0, max: 30 }),
        (steps, late) => {
          let now = NOW;
          const share = shareAfterStep(1, 1, steps);
          let route = done(retreat(settled, { ...asked, share }, moment(now)));
          for (;;) {
            expect(RouteDocument.safeParse(route).success).toBe(true);
            const { candidate } = route;
            const next = shareAfterStep(candidate?.share ?? 0, 1, steps);
            if (next === 0) break;
            now += late * 10_000;
            const step = { seen: seenOf(route), share: next, leaseSeconds: 120 };
            const before = candidate?.leaseUntil ?? 0;
            route = done(stepBack(route, step, moment(now)));
            expect(route.candidate?.leaseUntil).toBe(
              before > now ? Math.max(before, now + 120_000) : before,
            );
          }
          const { generation: seenGeneration } = settled;
          const end = { digest: digestNo(1), seenGeneration, quarantineUntil: now + 1 };
          expect(done(kill(route, end, moment(now)))).toMatchObject({ stable: targetNo(8) });
        },
      ),
    );
  });
});
