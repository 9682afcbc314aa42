import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Decision, decide, type RouteRequest } from '#domain/serving/routing/decide.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import {
  digestNo,
  NOW,
  sampleCandidate,
  sampleExperiment,
  sampleRoute,
  targetNo,
} from './sample-route.ts';

const request = (changes: Partial<RouteRequest> = {}): RouteRequest => ({
  requestId: 'r-1',
  attributes: {},
  ...changes,
});
function answered(route: RouteDocument, changes: Partial<RouteRequest>): Decision {
  const routed = decide(route, request(changes), NOW);
  if (!routed.ok) throw new Error(`${routed.reason}, though nothing was pinned`);
  return routed;
}
const USERS = Array.from({ length: 5000 }, (_, i) => `user-${i}`);

/** How many of 5,000 users each reason falls to. */
function tally(route: RouteDocument, changes: Partial<RouteRequest> = {}, now = NOW) {
  const counts: Record<string, number> = {};
  for (const userId of USERS) {
    const { reason } = decide(route, request({ userId, ...changes }), now);
    counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return counts;
}

/** Five standard errors of a share of the 5,000 users. */
const slack = (share: number): number => 5 * Math.sqrt(share * (1 - share) * USERS.length);

describe('a decision', () => {
  it('is stable where nothing is on trial', () => {
    expect(decide(sampleRoute(), request(), NOW)).toEqual({
      ok: true,
      variant: 'stable',
      ...targetNo(1),
      backend: { kind: 'lambda' },
      reason: 'stable',
      assigned: 'stable',
      unit: 'request',
      propensity: 1,
    });
  });

  it('names the backend of the version', () => {
    const backend = { kind: 'sagemaker', endpoint: 'churn', targetVariant: 'v1' } as const;
    const route = sampleRoute({ stable: { ...targetNo(1), since: 1, backend } });
    expect(decide(route, request(), NOW)).toMatchObject({ backend });
  });

  it('gives a canary its share, and says with what probability', () => {
    const route = sampleRoute({ candidate: sampleCandidate({ share: 0.25 }) });
    const { canary = 0, control = 0 } = tally(route);
    expect(canary + control).toBe(USERS.length);
    expect(Math.abs(canary - 0.25 * USERS.length)).toBeLessThan(slack(0.25));
    for (const userId of USERS.slice(0, 100)) {
      const decision = answered(route, { userId });
      const treated = decision.reason === 'canary';
      expect(decision).toMatchObject({
        unit: 'user',
        version: treated ? '2.0.0' : '1.0.0',
        variant: treated ? 'candidate' : 'stable',
        assigned: treated ? 'candidate' : 'stable',
        propensity: treated ? 0.25 : 0.75,
      });
    }
  });

  it('gives a full candidate everybody', () => {
    const candidate = sampleCandidate({ mode: 'full', share: 1 });
    expect(tally(sampleRoute({ candidate }))).toEqual({ full: USERS.length });
  });

  it('stays with a user, and goes by request where there is none', () => {
    const route = sampleRoute({ candidate: sampleCandidate({ share: 0.5 }) });
    const of = (changes: Partial<RouteRequest>) => decide(route, request(changes), NOW).reason;
    const byUser = USERS.slice(0, 50).map((_, i) => of({ userId: 'one', requestId: `${i}` }));
    const byRequest = USERS.slice(0, 50).map((_, i) => of({ requestId: `${i}` }));
    expect(new Set(byUser).size).toBe(1);
    expect(new Set(byRequest).size).toBe(2);
  });

  it('flips nobody out of the treatment while the share grows from 5 to 100 %', () => {
    const shares = fc
      .uniqueArray(fc.double({ min: 0.05, max: 0.999, noNaN: true }), { minLength: 2 })
      .map((all) => all.sort((a, b) => a - b));
    fc.assert(
      fc.property(shares, fc.string(), (growing, userId) => {
        const reasons = [
          ...growing.map((share) => sampleCandidate({ share })),
          sampleCandidate({ mode: 'full', share: 1 }),
        ].map((candidate) => decide(sampleRoute({ candidate }), request({ userId }), NOW).reason);
        const first = reasons.indexOf('canary');
        expect(reasons.slice(first === -1 ? reasons.length : first)).not.toContain('control');
        expect(reasons.at(-1)).toBe('full');
      }),
    );
  });

  it('copies a tenth of the requests to a shadow, and answers none by it', () => {
    const candidate = sampleCandidate({ mode: 'shadow', share: 0, shadowSample: 0.1 });
    const route = sampleRoute({ candidate });
    const decisions = USERS.map((requestId) => decide(route, request({ requestId }), NOW));
    expect(decisions.every((one) => one.ok && one.version === '1.0.0')).toBe(true);
    const shadowed = decisions.filter((one) => one.ok && one.shadow);
    expect(Math.abs(shadowed.length - 500)).toBeLessThan(slack(0.1));
    expect(shadowed[0]).toMatchObject({
      reason: 'stable',
      shadow: { variant: 'candidate', ...targetNo(2), backend: { kind: 'lambda' } },
    });
    expect(USERS.map((requestId) => decide(route, request({ requestId }), NOW))).toEqual(decisions);
  });
});

describe('a shadow', () => {
  const shadow = sampleCandidate({ mode: 'shadow', share: 0 });
  const copied = (changes: Partial<RouteRequest>, route = sampleRoute({ candidate: shadow })) => {
    const decision = decide(route, request(changes), NOW);
    return decision.ok && decision.shadow !== undefined;
  };

  it('samples the requests of each user, not the users', () => {
    const ofOne = USERS.filter((requestId) => copied({ requestId, userId: 'one' }));
    expect(Math.abs(ofOne.length - 500)).toBeLessThan(slack(0.1));
  });

  it('is no foretaste of who gets the canary', () => {
    const canary = sampleRoute({ candidate: sampleCandidate({ share: 0.1 }) });
    const both = USERS.filter(
      (requestId) =>
        copied({ requestId }) && decide(canary, request({ requestId }), NOW).reason === 'canary',
    );
    expect(Math.abs(both.length - 50)).toBeLessThan(slack(0.01));
  });

  it('sees the requests of experiments too', () => {
    const route = sampleRoute({ candidate: shadow, experiments: [sampleExperiment()] });
    const ofRoute = USERS.filter((requestId) => copied({ requestId }, route));
    expect(ofRoute).toEqual(USERS.filter((requestId) => copied({ requestId })));
    expect(decide(route, request(), NOW)).toMatchObject({ reason: 'experiment' });
  });
});

describe('what is on trial serves nobody', () => {
  const canary = sampleCandidate({ share: 0.5, leaseUntil: NOW + 1000 });

  it('from the moment that its lease ends', () => {
    const route = sampleRoute({ candidate: canary });
    expect(tally(route, {}, NOW + 999).canary).toBeGreaterThan(0);
    expect(tally(route, {}, NOW + 1000)).toEqual({ 'lease-expired': USERS.length });
  });

  it('under a later kill epoch, however long its lease', () => {
    const route = sampleRoute({
      killEpoch: 1,
      candidate: sampleCandidate({ mode: 'full', share: 1, leaseUntil: NOW + 1e9 }),
      experiments: [sampleExperiment({ leaseUntil: NOW + 1e9 })],
    });
    expect(tally(route)).toEqual({ killed: USERS.length });
    expect(tally({ ...route, experiments: [] })).toEqual({ killed: USERS.length });
  });

  it('while it is quarantined', () => {
    const quarantined = [{ digest: digestNo(2), until: NOW + 500 }];
    const route = sampleRoute({ candidate: canary, quarantined });
    expect(tally(route, {}, NOW + 499)).toEqual({ quarantined: USERS.length });
    expect(tally(route, {}, NOW + 500).canary).toBeGreaterThan(0);
  });

  it('while this process rests from it', () => {
    const route = sampleRoute({ candidate: canary });
    expect(tally(route, { resting: new Set([digestNo(2)]) })).toEqual({ resting: USERS.length });
    expect(tally(route, { resting: new Set([digestNo(1)]) }).canary).toBeGreaterThan(0);
  });

  it('not even a copy to a shadow', () => {
    const shadow = sampleCandidate({ mode: 'shadow', share: 0, shadowSample: 1, leaseUntil: NOW });
    expect(decide(sampleRoute({ candidate: shadow }), request(), NOW)).not.toHaveProperty('shadow');
  });

  it('and is answered by stable, always', () => {
    const idle = [
      sampleRoute({ candidate: { ...canary, leaseUntil: 0 } }),
      sampleRoute({ candidate: canary, killEpoch: 3 }),
      sampleRoute({ experiments: [sampleExperiment({ leaseUntil: 0 })] }),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...idle), fc.string(), (route, userId) => {
        expect(decide(route, request({ userId }), NOW)).toMatchObject({ version: '1.0.0' });
      }),
    );
  });
});

describe('a pinned version', () => {
  const route = sampleRoute({
    candidate: sampleCandidate(),
    previous: targetNo(9),
    experiments: [sampleExperiment()],
  });
  const pin = (pinned: string, changes: Partial<RouteDocument> = {}, now = NOW) =>
    decide({ ...route, ...changes }, request({ pinned, userId: 'u' }), now);

  it.each([
    ['1.0.0', 'stable'],
    ['2.0.0', 'candidate'],
    ['9.0.0', 'previous'],
  ])('%s is served as %s', (version, variant) => {
    expect(pin(version)).toMatchObject({ ok: true, version, variant, reason: 'pinned' });
  });

  it('elsewhere is unknown here', () => {
    expect(pin('7.0.0')).toEqual({ ok: false, reason: 'unknown-version' });
    expect(pin('3.0.0')).toEqual({ ok: false, reason: 'unknown-version' });
  });

  it('is refused where its lease, a kill or a quarantine says so', () => {
    expect(pin('2.0.0', {}, NOW + 60_000)).toEqual({ ok: false, reason: 'lease-expired' });
    expect(pin('2.0.0', { killEpoch: 1 })).toEqual({ ok: false, reason: 'killed' });
    const quarantined = [2, 9].map((n) => ({ digest: digestNo(n), until: NOW + 1 }));
    expect(pin('2.0.0', { quarantined })).toEqual({ ok: false, reason: 'quarantined' });
    expect(pin('9.0.0', { quarantined })).toEqual({ ok: false, reason: 'quarantined' });
    expect(pin('9.0.0', { quarantined }, NOW + 1)).toMatchObject({ ok: true });
  });
});

describe('an experiment', () => {
  const half = (id: string, from: number, to: number, layer = 'main') =>
    sampleExperiment({ id, layer, range: { from, to }, salt: `experiment/${id}` });

  it('gives its variants their weights', () => {
    const route = sampleRoute({ experiments: [sampleExperiment()] });
    const bold = USERS.map((userId) => decide(route, request({ userId }), NOW)).filter(
      (one) => one.ok && one.variant === 'bold',
    );
    expect(Math.abs(bold.length - 0.3 * USERS.length)).toBeLessThan(slack(0.3));
    expect(bold[0]).toMatchObject({ version: '3.0.0', propensity: 0.3, experiment: 'colour' });
  });

  it('shares nobody with another one of its layer', () => {
    const route = sampleRoute({ experiments: [half('a', 0, 0.5), half('b', 0.5, 1)] });
    const ids = USERS.map((userId) => decide(route, request({ userId }), NOW)).map(
      (one) => one.ok && one.experiment,
    );
    const inA = ids.filter((id) => id === 'a').length;
    expect(ids.filter((id) => id === 'b')).toHaveLength(USERS.length - inA);
    expect(Math.abs(inA - 2500)).toBeLessThan(slack(0.5));
  });

  it('keeps who is in it when another one of its layer comes', () => {
    const a = half('a', 0.5, 1);
    const of = (route: RouteDocument, userId: string) => {
      const one = decide(route, request({ userId }), NOW);
      return one.ok && one.experiment === 'a' ? one.variant : undefined;
    };
    const alone = sampleRoute({ experiments: [a] });
    const both = sampleRoute({ experiments: [half('b', 0, 0.5), a] });
    for (const userId of USERS.slice(0, 500)) expect(of(both, userId)).toBe(of(alone, userId));
  });

  it('is drawn independently of its layer and of other layers', () => {
    const route = sampleRoute({ experiments: [half('a', 0, 0.5), half('b', 0, 1, 'other')] });
    const ofB = USERS.map((userId) => decide(route, request({ userId }), NOW)).filter(
      (one) => one.ok && one.experiment === 'b',
    );
    const bold = ofB.filter((one) => one.ok && one.variant === 'bold').length;
    expect(Math.abs(bold - 0.3 * ofB.length)).toBeLessThan(slack(0.3));
  });

  it('draws layers of each other independently', () => {
    const route = sampleRoute({ experiments: [half('a', 0, 0.5), half('b', 0, 0.5, 'other')] });
    const stable = tally(route).stable ?? 0;
    expect(Math.abs(stable - 0.25 * USERS.length)).toBeLessThan(slack(0.25));
  });

  it('draws its variants alike wherever its range lies', () => {
    const route = sampleRoute({ experiments: [half('a', 0.5, 1)] });
    const inIt = USERS.map((userId) => decide(route, request({ userId }), NOW)).filter(
      (one) => one.ok && one.experiment === 'a',
    );
    const bold = inIt.filter((one) => one.ok && one.variant === 'bold').length;
    expect(Math.abs(bold - 0.3 * inIt.length)).toBeLessThan(slack(0.3));
  });

  it('says who was drawn for a version that rests', () => {
    const route = sampleRoute({ experiments: [sampleExperiment()] });
    for (const userId of USERS.slice(0, 100)) {
      const drawn = answered(route, { userId });
      const passed = answered(route, { userId, resting: new Set([digestNo(3)]) });
      expect(passed).toMatchObject({ assigned: drawn.assigned, version: '1.0.0' });
      expect(passed.reason).toBe(drawn.assigned === 'bold' ? 'resting' : 'experiment');
    }
  });

  it('does not rest from stable, which has nobody to stand in for it', () => {
    const route = sampleRoute({ experiments: [sampleExperiment()] });
    const resting = new Set([digestNo(1)]);
    expect(tally(route, { resting })).toEqual({ experiment: USERS.length });
  });

  it('looks at the segment before it draws', () => {
    const segment = { op: 'eq', attribute: 'country', value: 'DE' } as const;
    const route = sampleRoute({
      attributes: { country: 'string' },
      experiments: [sampleExperiment({ segment })],
    });
    expect(tally(route, { attributes: { country: 'DE' } })).toEqual({ experiment: USERS.length });
    expect(tally(route, { attributes: { country: 'FR' } })).toEqual({ stable: USERS.length });
    expect(tally(route)).toEqual({ stable: USERS.length });
  });

  it('leaves the variant of a resting or quarantined version to stable, and the control alone', () => {
    const route = sampleRoute({ experiments: [sampleExperiment()] });
    const resting = tally(route, { resting: new Set([digestNo(3)]) });
    expect((resting.resting ?? 0) + (resting.experiment ?? 0)).toBe(USERS.length);
    const quarantined = [{ digest: digestNo(3), until: NOW + 1 }];
    expect(tally({ ...route, quarantined }).quarantined).toBe(resting.resting);
  });
});
