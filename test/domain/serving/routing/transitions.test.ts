import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import { ramp, recede, SHADOW_SAMPLE, startCandidate } from '#domain/serving/routing/candidate.ts';
import { kill } from '#domain/serving/routing/kill.ts';
import { activate, promote } from '#domain/serving/routing/promote.ts';
import { renewLease } from '#domain/serving/routing/renew-lease.ts';
import {
  MAX_QUARANTINED,
  MAX_ROUTE_BYTES,
  RouteDocument,
} from '#domain/serving/routing/route-document.ts';
import { LEASE_SECONDS, type Transition } from '#domain/serving/routing/transition.ts';
import { reweigh, startExperiment, stopExperiment } from '#domain/serving/routing/trial.ts';
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

const quiet = sampleRoute();
const seen = seenOf(quiet);
const canary = sampleRoute({ candidate: sampleCandidate({ share: 0.25 }) });
const full = sampleRoute({ candidate: sampleCandidate({ mode: 'full', share: 1 }) });
const lease = { leaseSeconds: LEASE_SECONDS.usual };

it('a shadow gets a tenth, and a lease a minute, where nobody says otherwise', () => {
  expect(SHADOW_SAMPLE).toBe(0.1);
  expect(LEASE_SECONDS.usual).toBe(60);
});

describe('a candidate', () => {
  const start = { seen, target: targetNo(2), ...lease };

  it('starts in shadow, with a tenth of the requests and a lease', () => {
    expect(done(startCandidate(quiet, start, AT))).toMatchObject({
      generation: 2,
      stable: targetNo(1),
      candidate: {
        ...targetNo(2),
        mode: 'shadow',
        share: 0,
        shadowSample: SHADOW_SAMPLE,
        leaseUntil: NOW + 60_000,
        since: 2,
        epoch: 0,
      },
    });
  });

  it('starts under the kill epoch of its day', () => {
    const route = sampleRoute({ killEpoch: 4 });
    const started = done(startCandidate(route, { ...start, seen: seenOf(route) }, AT));
    expect(started.candidate?.epoch).toBe(4);
  });

  it('does not start beside another one, as stable, or out of quarantine', () => {
    expect(refusal(startCandidate(canary, { ...start, target: targetNo(3) }, AT))).toBe('busy');
    expect(refusal(startCandidate(quiet, { ...start, target: targetNo(1) }, AT))).toBe('busy');
    const until = NOW + 1;
    const barred = sampleRoute({ quarantined: [{ digest: digestNo(2), until }] });
    expect(refusal(startCandidate(barred, start, AT))).toBe('quarantined');
    expect(startCandidate(barred, start, moment(until)).ok).toBe(true);
  });

  it.each([
    [9, false],
    [10, true],
    [1800, true],
    [1801, false],
    [Number.NaN, false],
  ])('takes a lease of %d s: %s', (leaseSeconds, taken) => {
    expect(startCandidate(quiet, { ...start, leaseSeconds }, AT).ok).toBe(taken);
  });

  it.each([
    ['canary', 0.5, undefined],
    ['canary', 0.2500001, undefined],
    ['canary', 0.25, 'share'],
    ['canary', 0.1, 'share'],
    ['canary', 1, 'share'],
    ['canary', Number.NaN, 'share'],
    ['full', 1, undefined],
    ['full', 0.9, 'share'],
  ] as const)('ramps from 0.25 to %s at %d: %s', (mode, share, expected) => {
    const asked = { seen: seenOf(canary), mode, share, ...lease };
    expect(refusal(ramp(canary, asked, AT))).toBe(expected);
  });

  it('does not ramp without a running lease, however healthy it was', () => {
    const asked = { seen: seenOf(canary), mode: 'canary', share: 0.5, ...lease } as const;
    expect(ramp(canary, asked, moment(NOW + 59_999)).ok).toBe(true);
    const late = ramp(canary, asked, moment(NOW + 60_000));
    expect(late).toMatchObject({ refusal: { kind: 'lease' } });
  });

  it('does not ramp beside an experiment, after a kill, in quarantine, or upon old news', () => {
    const asked = { seen: seenOf(canary), mode: 'canary', share: 0.5, ...lease } as const;
    const busy = { ...canary, experiments: [sampleExperiment()] };
    expect(refusal(ramp(busy, asked, AT))).toBe('busy');
    const barred = { ...canary, quarantined: [{ digest: digestNo(2), until: NOW + 1 }] };
    expect(refusal(ramp(barred, asked, AT))).toBe('quarantined');
    const killed = { ...canary, killEpoch: 1 };
    expect(refusal(ramp(killed, { ...asked, seen: seenOf(killed) }, AT))).toBe('killed');
    expect(refusal(ramp(killed, asked, AT))).toBe('superseded');
    expect(refusal(ramp({ ...canary, generation: 2 }, asked, AT))).toBe('superseded');
    expect(refusal(ramp(quiet, { ...asked, seen }, AT))).toBe('no-candidate');
  });

  it('gives share back without a lease, down to shadow', () => {
    const late = moment(NOW + 1e6);
    const back = (share: number) => recede(canary, { seen: seenOf(canary), share }, late);
    expect(done(back(0.1)).candidate).toMatchObject({ mode: 'canary', share: 0.1 });
    expect(done(back(0)).candidate).toMatchObject({ mode: 'shadow', share: 0 });
    expect(refusal(back(0.25))).toBe('share');
    expect(refusal(back(-0.1))).toBe('share');
    expect(done(back(0.1)).candidate?.leaseUntil).toBe(NOW + 60_000);
  });
});

describe('a lease', () => {
  const renew = (route: RouteDocument, now: number, seconds = 60) =>
    renewLease(route, { seen: seenOf(route), seconds }, moment(now));

  it('is lengthened in the same generation, and never shortened', () => {
    const renewed = done(renew(canary, NOW + 30_000));
    expect(renewed).toEqual({
      ...canary,
      candidate: { ...canary.candidate, leaseUntil: NOW + 90_000 },
    });
    expect(done(renew(canary, NOW, 10)).candidate?.leaseUntil).toBe(NOW + 60_000);
  });

  it('that ran out is given again by a later healthy look, but not after a kill', () => {
    expect(done(renew(canary, NOW + 1e6)).candidate?.leaseUntil).toBe(NOW + 1e6 + 60_000);
    expect(refusal(renew({ ...canary, killEpoch: 1 }, NOW))).toBe('killed');
    expect(refusal(renew(quiet, NOW))).toBe('no-candidate');
  });

  it('of an experiment is its own', () => {
    const route = sampleRoute({ experiments: [sampleExperiment(), other()] });
    const asked = { seen: seenOf(route), experiment: 'size', seconds: 60 };
    const renewed = done(renewLease(route, asked, moment(NOW + 5000)));
    expect(renewed.experiments.map(({ leaseUntil }) => leaseUntil)).toEqual([
      NOW + 60_000,
      NOW + 65_000,
    ]);
    const unknown = renewLease(route, { ...asked, experiment: 'none' }, AT);
    expect(refusal(unknown)).toBe('no-experiment');
  });
});

describe('a kill', () => {
  const asked = { digest: digestNo(2), seenGeneration: 1, quarantineUntil: NOW + 3_600_000 };

  it('ends everything on trial, quarantines the version, and counts', () => {
    const route = { ...canary, experiments: [sampleExperiment()] };
    const killed = done(kill(route, asked, AT));
    expect(killed).toMatchObject({
      generation: 2,
      killEpoch: 1,
      stable: targetNo(1),
      experiments: [],
      quarantined: [{ digest: digestNo(2), until: NOW + 3_600_000 }],
    });
    expect(killed).not.toHaveProperty('candidate');
  });

  it('goes ahead though the route has moved on, as long as the version has its place', () => {
    const ramped = done(
      ramp(canary, { seen: seenOf(canary), mode: 'full', share: 1, ...lease }, AT),
    );
    expect(kill(ramped, asked, AT).ok).toBe(true);
    const promoted = done(promote(ramped, { seen: seenOf(ramped), digest: digestNo(2) }, AT));
    expect(refusal(kill(promoted, asked, AT))).toBe('superseded');
    const now = { ...asked, seenGeneration: promoted.generation };
    expect(done(kill(promoted, now, AT))).toMatchObject({ stable: targetNo(1), killEpoch: 1 });
  });

  it('of a hundred duplicates is one transition', () => {
    let route: RouteDocument = canary;
    const kinds = Array.from({ length: 100 }, () => {
      const transition = kill(route, asked, AT);
      if (transition.ok) route = transition.route;
      return refusal(transition);
    });
    expect(kinds).toEqual([undefined, ...Array(99).fill('not-serving')]);
    expect(route).toMatchObject({ killEpoch: 1, generation: 2 });
  });

  it('judges nothing by what an earlier stay did', () => {
    const again = sampleRoute({ generation: 9, candidate: sampleCandidate({ since: 8 }) });
    expect(refusal(kill(again, { ...asked, seenGeneration: 7 }, AT))).toBe('superseded');
    expect(kill(again, { ...asked, seenGeneration: 8 }, AT).ok).toBe(true);
  });

  it('of stable goes back to the one before, if there is a sound one', () => {
    const stable = { ...asked, digest: digestNo(1) };
    expect(refusal(kill(quiet, stable, AT))).toBe('no-rollback-target');
    const until = NOW + 1;
    const barred = sampleRoute({
      previous: targetNo(9),
      quarantined: [{ digest: digestNo(9), until }],
    });
    expect(refusal(kill(barred, stable, AT))).toBe('no-rollback-target');
    const sound = sampleRoute({ previous: targetNo(9), candidate: sampleCandidate() });
    const killed = done(kill(sound, stable, AT));
    expect(killed.stable).toEqual({ ...targetNo(9), since: 2 });
    expect(killed).not.toHaveProperty('previous');
    expect(killed).not.toHaveProperty('candidate');
  });

  it('of the rollback target leaves none', () => {
    const route = sampleRoute({ previous: targetNo(9) });
    const killed = done(kill(route, { ...asked, digest: digestNo(9) }, AT));
    expect(killed).not.toHaveProperty('previous');
    expect(killed.stable).toEqual(route.stable);
  });

  it('of a variant ends its experiment', () => {
    const route = sampleRoute({ experiments: [sampleExperiment()] });
    expect(done(kill(route, { ...asked, digest: digestNo(3) }, AT)).experiments).toEqual([]);
  });

  it('never shortens a quarantine, and keeps the longest ones', () => {
    const others = Array.from({ length: MAX_QUARANTINED }, (_, i) => ({
      digest: digestNo(100 + i),
      until: NOW + 1000 + i,
    }));
    const { quarantined } = done(kill({ ...canary, quarantined: others }, asked, AT));
    expect(quarantined).toHaveLength(MAX_QUARANTINED);
    expect(quarantined.at(-1)?.digest).toBe(digestNo(2));
    expect(quarantined.some(({ digest }) => digest === digestNo(100))).toBe(false);
    const longer = [{ digest: digestNo(2), until: NOW + 1e9 }];
    const again = done(kill({ ...canary, quarantined: longer }, asked, AT));
    expect(again.quarantined).toEqual(longer);
  });

  it('is never refused for want of room', () => {
    const backend = {
      kind: 'http',
      url: `https://${'a'.repeat(60)}.example.org/${'b'.repeat(170)}`,
      headersSecret: 's'.repeat(256),
    } as const;
    const quarantined = Array.from({ length: MAX_QUARANTINED - 1 }, (_, i) => ({
      digest: digestNo(100 + i),
      until: NOW + 1e12,
    }));
    const version = 'v'.repeat(64);
    const route = sampleRoute({
      tenant: 't'.repeat(40),
      model: 'm'.repeat(63),
      stable: { ...targetNo(1), version, backend, since: 1 },
      generation: 9,
      killEpoch: 9,
      previous: { ...targetNo(9), version: '9' },
      quarantined,
    });
    const filled = (count: number, last: number) => {
      const names = Array.from({ length: count }, (_, i) => `attribute_${100 + i}`);
      const all = [...names, 'z'.repeat(last)].map((name) => [name, 'string'] as const);
      return { ...route, attributes: Object.fromEntries(all) };
    };
    const left = (count: number) => MAX_ROUTE_BYTES - canonicalBytes(filled(count, 1)).length;
    let count = 0;
    while (left(count + 1) >= 0) count += 1;
    const brimful = filled(count, 1 + left(count));
    expect(canonicalBytes(brimful)).toHaveLength(MAX_ROUTE_BYTES);
    expect(RouteDocument.safeParse(brimful).success).toBe(true);
    for (const n of [1, 9]) {
      const filling = { digest: digestNo(n), seenGeneration: 9, quarantineUntil: 9e15 };
      expect(kill(brimful, filling, AT).ok).toBe(true);
    }
  });
});

describe('a promotion', () => {
  const promoting = (route: RouteDocument, now = NOW) =>
    promote(route, { seen: seenOf(route), digest: digestNo(2) }, moment(now));

  it('makes the candidate stable, and stable the rollback target', () => {
    const promoted = done(promoting(full));
    expect(promoted).toMatchObject({ generation: 2, killEpoch: 0, previous: targetNo(1) });
    expect(promoted.stable).toEqual({ ...targetNo(2), since: 2 });
    expect(promoted).not.toHaveProperty('candidate');
    expect(RouteDocument.safeParse(promoted).success).toBe(true);
  });

  it('takes the judged candidate, in full, under a running lease, out of quarantine', () => {
    expect(refusal(promoting(canary))).toBe('share');
    expect(refusal(promoting(full, NOW + 60_000))).toBe('lease');
    expect(refusal(promoting({ ...full, killEpoch: 1 }))).toBe('killed');
    expect(refusal(promoting(quiet))).toBe('no-candidate');
    const barred = { ...full, quarantined: [{ digest: digestNo(2), until: NOW + 1 }] };
    expect(refusal(promoting(barred))).toBe('quarantined');
    const other = promote(full, { seen: seenOf(full), digest: digestNo(3) }, AT);
    expect(refusal(other)).toBe('no-candidate');
    const stale = promote(full, { seen: { generation: 0, killEpoch: 0 }, digest: digestNo(2) }, AT);
    expect(refusal(stale)).toBe('superseded');
  });

  it('by activation keeps kill epoch and quarantine, and waits for the end of trials', () => {
    const route = sampleRoute({
      killEpoch: 4,
      quarantined: [{ digest: digestNo(8), until: NOW + 1 }],
    });
    const asked = { seen: seenOf(route), target: targetNo(5) };
    expect(done(activate(route, asked, AT))).toMatchObject({
      killEpoch: 4,
      generation: 2,
      stable: targetNo(5),
      previous: targetNo(1),
      quarantined: route.quarantined,
    });
    expect(refusal(activate(canary, { ...asked, seen }, AT))).toBe('busy');
    expect(refusal(activate(quiet, { seen, target: targetNo(1) }, AT))).toBe('busy');
    expect(refusal(activate(route, { ...asked, target: targetNo(8) }, AT))).toBe('quarantined');
  });
});

describe('an experiment', () => {
  const { id, layer, range, variants } = sampleExperiment();
  const trial = { seen, experiment: { id, layer, range, variants }, ...lease };

  it('starts in the free range of its layer', () => {
    const route = done(startExperiment(quiet, trial, AT));
    expect(route.experiments[0]).toMatchObject({
      id,
      epoch: 0,
      since: 2,
      leaseUntil: NOW + 60_000,
    });
    expect(RouteDocument.safeParse(route).success).toBe(true);
    const again = { ...trial, seen: seenOf(route), experiment: { ...trial.experiment, id: 'b' } };
    expect(startExperiment(route, again, AT)).toMatchObject({
      refusal: { kind: 'invalid', message: expect.stringMatching(/do not meet/) },
    });
  });

  it('does not start beside a canary or with a quarantined version, but beside a shadow', () => {
    expect(refusal(startExperiment(canary, trial, AT))).toBe('busy');
    const shadow = sampleRoute({ candidate: sampleCandidate({ mode: 'shadow', share: 0 }) });
    expect(startExperiment(shadow, trial, AT).ok).toBe(true);
    const barred = sampleRoute({ quarantined: [{ digest: digestNo(3), until: NOW + 1 }] });
    expect(refusal(startExperiment(barred, trial, AT))).toBe('quarantined');
  });

  it('declares the attributes that its segment asks for', () => {
    const segment = { op: 'eq', attribute: 'country', value: 'DE' } as const;
    const asked = { ...trial, experiment: { ...trial.experiment, segment } };
    expect(refusal(startExperiment(quiet, asked, AT))).toBe('invalid');
    const declared = { ...asked, attributes: { country: 'string' } as const };
    const route = done(startExperiment(quiet, declared, AT));
    expect(route.attributes).toEqual({ country: 'string' });
    const stopped = done(stopExperiment(route, { seen: seenOf(route), id }, AT));
    expect(stopped).toMatchObject({ experiments: [], attributes: {} });
  });

  it('that would not fit is refused', () => {
    const values = Array.from({ length: 50 }, () => 'x'.repeat(90));
    const segment = { op: 'in', attribute: 'country', values } as const;
    const asked = {
      ...trial,
      attributes: { country: 'string' } as const,
      experiment: { ...trial.experiment, segment },
    };
    expect(refusal(startExperiment(quiet, asked, AT))).toBe('too-large');
  });

  it('is weighed anew while its lease runs', () => {
    const route = sampleRoute({ experiments: [sampleExperiment()] });
    const asked = { seen: seenOf(route), id, weights: { bold: 0.6, control: 0.4 } };
    const weighed = done(reweigh(route, asked, AT));
    expect(weighed.experiments[0]?.variants.map(({ weight }) => weight)).toEqual([0.6, 0.4]);
    expect(refusal(reweigh(route, { ...asked, weights: { bold: 0.6 } }, AT))).toBe('invalid');
    expect(refusal(reweigh(route, asked, moment(NOW + 60_000)))).toBe('lease');
    expect(refusal(reweigh(route, { ...asked, id: 'none' }, AT))).toBe('no-experiment');
  });

  it('is stopped once', () => {
    const route = sampleRoute({ experiments: [sampleExperiment()] });
    const stopped = done(stopExperiment(route, { seen: seenOf(route), id }, AT));
    expect(refusal(stopExperiment(stopped, { seen: seenOf(route), id }, AT))).toBe('superseded');
    expect(refusal(stopExperiment(stopped, { seen: seenOf(stopped), id }, AT))).toBe(
      'no-experiment',
    );
  });
});

function other() {
  return sampleExperiment({ id: 'size', layer: 'other' });
}
