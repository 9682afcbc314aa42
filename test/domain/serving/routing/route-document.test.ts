import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backend } from '#domain/registry/backend.ts';
import { canonicalBytes } from '#domain/registry/canonical.ts';
import { problemText } from '#domain/registry/problem.ts';
import type { Route } from '#domain/registry/version-record.ts';
import { decide } from '#domain/serving/routing/decide.ts';
import { asRoute, readRoute, supersedes } from '#domain/serving/routing/read-route.ts';
import { MAX_ROUTE_BYTES, type RouteDocument } from '#domain/serving/routing/route-document.ts';
import {
  digestNo,
  NOW,
  sampleCandidate,
  sampleExperiment,
  sampleRoute,
  targetNo,
} from './sample-route.ts';

function problemsOf(item: unknown): string {
  const read = readRoute(item);
  return read.ok ? '' : read.problems.map(problemText).join('\n');
}

describe('a stored route', () => {
  const old: Route = {
    tenant: 'acme',
    model: 'churn',
    generation: 7,
    stable: { version: '1.0.0', digest: digestNo(1) },
    updatedAt: '2026-01-01T00:00:00Z',
  };
  const keys = { PK: 'T#acme#R#churn', SK: 'CUR', G2PK: 'ROUTE', G2SK: 'acme/churn' };

  it('of the first form is one with nothing on trial', () => {
    const read = readRoute({ ...old, ...keys });
    expect(read).toMatchObject({ ok: true, route: { ...old, killEpoch: 0, experiments: [] } });
    if (!read.ok) return;
    const request = { requestId: 'r', attributes: {} };
    expect(decide(read.route, request, NOW)).toMatchObject({ version: '1.0.0', reason: 'stable' });
  });

  it('reads for whoever knows only the first form', () => {
    const route = sampleRoute({ candidate: sampleCandidate() });
    const { tenant, model, generation, stable, updatedAt } = asRoute(route);
    expect({ tenant, model, generation, updatedAt }).toEqual({
      tenant: 'acme',
      model: 'churn',
      generation: 1,
      updatedAt: new Date(NOW).toISOString(),
    });
    expect(stable).toMatchObject(targetNo(1));
  });

  it('is read back as it was written', () => {
    const route = sampleRoute({
      candidate: sampleCandidate({ mode: 'shadow', share: 0 }),
      previous: targetNo(9),
      experiments: [sampleExperiment()],
      quarantined: [{ digest: digestNo(8), until: NOW }],
    });
    expect(readRoute({ ...JSON.parse(JSON.stringify(route)), ...keys })).toEqual({
      ok: true,
      route,
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /document/],
    ['a list', [], /document/],
    ['another schema', { ...sampleRoute(), schema: 'assay.route/v2' }, /schema/],
    ['an unknown field', { ...sampleRoute(), weight: 1 }, /weight: got an unknown field/],
    ['no digest', sampleRoute({ stable: { version: '1', since: 0 } as never }), /stable\.digest/],
    [
      'a share in shadow',
      sampleRoute({ candidate: sampleCandidate({ mode: 'shadow', share: 0.1 }) }),
      /candidate\.share/,
    ],
    [
      'all of it in canary',
      sampleRoute({ candidate: sampleCandidate({ share: 1 }) }),
      /candidate\.share/,
    ],
    [
      'part of it in full',
      sampleRoute({ candidate: sampleCandidate({ mode: 'full', share: 0.5 }) }),
      /candidate\.share/,
    ],
    [
      'stable as candidate',
      sampleRoute({ candidate: sampleCandidate(targetNo(1)) }),
      /candidate: .*another digest/,
    ],
    [
      'a quarantined stable',
      sampleRoute({ quarantined: [{ digest: digestNo(1), until: NOW }] }),
      /stable: .*not quarantined/,
    ],
    [
      'weights that leave something over',
      sampleRoute({
        experiments: [
          sampleExperiment({
            variants: [
              { ...targetNo(3), name: 'a', weight: 0.5 },
              { ...targetNo(1), name: 'b', weight: 0.4 },
            ],
          }),
        ],
      }),
      /weights that sum to 1/,
    ],
    [
      'an undeclared attribute',
      sampleRoute({
        experiments: [
          sampleExperiment({ segment: { op: 'eq', attribute: 'country', value: 'DE' } }),
        ],
      }),
      /experiments\[0\]\.segment\.attribute: .*declared attribute \(declared: none\)/,
    ],
    [
      'a salt with a NUL',
      sampleRoute({ candidate: sampleCandidate({ salt: 'a\0b' }) }),
      /candidate\.salt/,
    ],
  ])('is refused with %s', (_, item, message) => {
    expect(problemsOf(item)).toMatch(message);
  });

  it('keeps the experiments of a layer apart, and lets layers overlap', () => {
    const one = sampleExperiment({ range: { from: 0, to: 0.5 } });
    const next = (from: number, layer: string) =>
      sampleRoute({
        experiments: [one, sampleExperiment({ id: 'size', layer, range: { from, to: 1 } })],
      });
    expect(problemsOf(next(0.5, 'main'))).toBe('');
    expect(problemsOf(next(0.49, 'main'))).toMatch(/do not meet/);
    expect(problemsOf(next(0, 'other'))).toBe('');
    const [first, second] = next(0.5, 'main').experiments;
    expect(problemsOf({ ...sampleRoute(), experiments: [second, first] })).toBe('');
  });

  it(`has at most ${MAX_ROUTE_BYTES} bytes`, () => {
    const withText = (length: number) =>
      sampleRoute({
        attributes: { country: 'string' },
        experiments: [
          sampleExperiment({
            segment: {
              op: 'in',
              attribute: 'country',
              values: Array.from({ length: 40 }, (_, i) => 'x'.repeat(i < 39 ? 80 : length)),
            },
          }),
        ],
      });
    const fill = MAX_ROUTE_BYTES - canonicalBytes(withText(0)).length;
    expect(fill).toBeLessThan(100);
    expect(fill).toBeGreaterThan(0);
    expect(problemsOf(withText(fill))).toBe('');
    expect(problemsOf(withText(fill + 1))).toMatch(/at most 4096 bytes/);
  });

  it('nested without end is refused, not thrown at', () => {
    let segment: unknown = { op: 'eq', attribute: 'a', value: 1 };
    for (let i = 0; i < 20_000; i++) segment = { op: 'not', of: segment };
    const experiments = [{ ...sampleExperiment(), segment }];
    expect(problemsOf({ ...sampleRoute(), experiments })).not.toBe('');
  });
});

describe('of two documents', () => {
  const at = (killEpoch: number, generation: number, lease = 0): RouteDocument =>
    sampleRoute({
      killEpoch,
      generation,
      candidate: sampleCandidate({ leaseUntil: NOW + lease, epoch: killEpoch }),
    });

  it.each([
    ['a kill wins over later generations', at(1, 3), at(0, 9), true],
    ['the later generation wins', at(1, 4), at(1, 3), true],
    ['the longer lease wins', at(1, 3, 5), at(1, 3, 4), true],
    ['the same is no news', at(1, 3), at(1, 3), false],
  ])('%s', (_, a, b, expected) => {
    expect(supersedes(a, b)).toBe(expected);
    expect(supersedes(b, a)).toBe(false);
  });

  it('every reader keeps the same one, in whatever order they come', () => {
    const document = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map(([k, g, l]) => at(k, g, l));
    const keep = (documents: readonly RouteDocument[]) =>
      documents.reduce((held, one) => (supersedes(one, held) ? one : held));
    fc.assert(
      fc.property(fc.array(document, { minLength: 1 }), (documents) => {
        expect(keep([...documents].reverse())).toEqual(keep(documents));
      }),
    );
  });
});

describe('a backend', () => {
  it.each([
    { kind: 'lambda' },
    { kind: 'sagemaker', endpoint: 'churn-prod', targetVariant: 'v2' },
    { kind: 'http', url: 'https://models.example.org:8443/triton/' },
    { kind: 'http', url: 'https://a.example.org', headersSecret: 'assay/acme/headers' },
  ])('may be %o', (backend) => {
    expect(Backend.safeParse(backend).success).toBe(true);
  });

  it.each([
    { kind: 'http', url: 'http://models.example.org' },
    { kind: 'http', url: 'https://169.254.169.254/latest' },
    { kind: 'http', url: 'https://localhost/' },
    { kind: 'http', url: 'https://[::1]/' },
    { kind: 'http', url: 'https://me:secret@example.org/' },
    { kind: 'http', url: 'https://example.org/?token=secret' },
    { kind: 'http', url: 'https://example.org/', headers: { authorization: 'secret' } },
    { kind: 'sagemaker', endpoint: 'churn' },
    { kind: 'sagemaker', endpoint: 'a/../b', targetVariant: 'v2' },
    { kind: 'ecs' },
  ])('may not be %o', (backend) => {
    expect(Backend.safeParse(backend).success).toBe(false);
  });
});
