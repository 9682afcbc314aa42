import { createHash } from 'node:crypto';
import { bucketOf } from '#domain/serving/routing/bucket.ts';
import { decide, type RouteRequest } from '#domain/serving/routing/decide.ts';
import { readRoute } from '#domain/serving/routing/read-route.ts';
import type { RouteDocument } from '#domain/serving/routing/route-document.ts';
import type { Segment } from '#domain/serving/routing/segment.ts';

/**
 * Prints what a routing decision costs, beside the limit of 0.2 ms at the 99th percentile and
 * beside one SHA-256 of the same text in the same run. `npx tsx bench/routing.ts`.
 */

const LIMIT_US = 200;
const REQUESTS = 200_000;
const WARM_UP = 20_000;
const NOW = 1_800_000_000_000;

const target = (n: number) => ({ version: `${n}.0.0`, digest: `${n}`.repeat(64) });
const trial = { leaseUntil: NOW + 60_000, epoch: 0, since: 1 };
const quiet = {
  schema: 'assay.route/v1',
  tenant: 'acme',
  model: 'churn',
  generation: 2,
  killEpoch: 0,
  stable: { ...target(1), since: 1 },
  experiments: [] as unknown[],
  attributes: {},
  quarantined: [8, 9].map((n) => ({ digest: `${n}`.repeat(64), until: NOW + 60_000 })),
  updatedAt: '2027-01-15T08:00:00.000Z',
};
const candidate = { ...target(2), ...trial, salt: 'candidate/2222222222222222', shadowSample: 0.1 };

/** Matches nobody, and only its last condition says so. */
const segment: Segment = {
  op: 'and',
  of: [
    { op: 'in', attribute: 'country', values: ['AT', 'CH', 'DE', 'FR'] },
    { op: 'not', of: { op: 'prefix', attribute: 'device', value: 'bot' } },
    { op: 'between', attribute: 'age', from: 18, to: 99 },
    { op: 'lt', attribute: 'age', value: 0 },
  ],
};
const experiments = Array.from({ length: 4 }, (_, i) => ({
  ...trial,
  id: `e${i}`,
  layer: `layer${i}`,
  range: { from: 0, to: 1 },
  salt: `experiment/e${i}`,
  ...(i < 3 && { segment }),
  variants: [
    { ...target(2), name: 'a', weight: 0.1 },
    { ...target(1), name: 'control', weight: 0.9 },
  ],
}));
/** Each layer is asked, and holds nobody but in its last thousandth. */
const layered = experiments.map(({ segment: _, ...rest }) => ({
  ...rest,
  range: { from: 0.999, to: 1 },
}));
const attributes = { country: 'string', device: 'string', age: 'number' };

const ROUTES: Readonly<Record<string, unknown>> = {
  'stable alone': quiet,
  'canary at 25 %': { ...quiet, candidate: { ...candidate, mode: 'canary', share: 0.25 } },
  'shadow, 10 % copied': { ...quiet, candidate: { ...candidate, mode: 'shadow', share: 0 } },
  'four experiments, three by segment': { ...quiet, attributes, experiments },
  'four layers and a shadow': {
    ...quiet,
    experiments: layered,
    candidate: { ...candidate, mode: 'shadow', share: 0 },
  },
};

const requests: readonly RouteRequest[] = Array.from({ length: REQUESTS }, (_, i) => ({
  requestId: `0190f3c2-7b1a-7000-8000-${i.toString(16).padStart(12, '0')}`,
  userId: `user-${i % 50_000}`,
  attributes: { country: 'DE', device: 'phone', age: 42 },
}));

let kept = 0;

/** Microseconds of each call after the warm-up, ascending. */
function timesOf(work: (request: RouteRequest) => unknown): Float64Array {
  for (const request of requests.slice(0, WARM_UP)) kept += Number(work(request) !== undefined);
  const times = new Float64Array(REQUESTS);
  for (const [i, request] of requests.entries()) {
    const start = performance.now();
    kept += Number(work(request) !== undefined);
    times[i] = (performance.now() - start) * 1000;
  }
  return times.sort();
}

function row(name: string, times: Float64Array, limit: boolean): string {
  const at = (quantile: number): number => times[Math.floor(quantile * times.length)] ?? 0;
  const p99 = at(0.99);
  const verdict = limit ? (p99 <= LIMIT_US ? 'within' : 'beyond') : '';
  return `| ${name} | ${at(0.5).toFixed(2)} | ${p99.toFixed(2)} | ${at(0.999).toFixed(2)} | ${verdict} |`;
}

function routeOf(item: unknown): RouteDocument {
  const read = readRoute(item);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.route;
}

const plain = ({ userId, requestId }: RouteRequest): string =>
  createHash('sha256')
    .update(`${candidate.salt}\0${userId ?? requestId}`)
    .digest('hex');

console.log(`| a call | p50, µs | p99, µs | p99.9, µs | limit ${LIMIT_US} µs at p99 |`);
console.log('|---|---:|---:|---:|---|');
console.log(
  row(
    'nothing: what the clock takes',
    timesOf(() => 0),
    false,
  ),
);
console.log(row("SHA-256 by Node's OpenSSL", timesOf(plain), false));
console.log(
  row(
    'one bucket (noble, pure)',
    timesOf(({ userId = '' }) => bucketOf(candidate.salt, userId)),
    false,
  ),
);
for (const [name, item] of Object.entries(ROUTES)) {
  const route = routeOf(item);
  console.log(
    row(
      `decide: ${name}`,
      timesOf((request) => decide(route, request, NOW)),
      true,
    ),
  );
}
const stored = ROUTES['four experiments, three by segment'];
console.log(
  row(
    'read and validate a stored route',
    timesOf(() => readRoute(stored)),
    false,
  ),
);
if (kept === 0) throw new Error('nothing was measured');
